import type { Write, WriteDraft } from '@tidemark/client'
import { describe, expect, it } from 'vitest'
import { changeIn, editableOf } from '../src/refused/refused-change.ts'
import { nameOfEdit, refusalWords, toolWords, writeWords } from '../src/refused/refused-words.ts'

const wording = {
  currency: 'GBP',
  contacts: [{ id: 'k1', name: 'Mill & Sons' }],
  invoices: [{ id: 'i1', number: '2026-0319', status: 'sent' as const }],
  self: 'ada',
  nameOf: (subject: string) => subject,
}

const write = (more: Partial<Write>): Write => ({
  collection: 'invoices',
  record: 'i1',
  kind: 'update',
  values: {},
  ...more,
})

const said = (more: Partial<Write>) => writeWords(write(more), wording)

const valuesOf = (more: Partial<Write>) => said(more).fields.map(({ label, words }) => [label, words])

describe('a change that was not taken', () => {
  it('WEB-45 is of a record with a name, also of one that never came to be, and leads to it where it is', () => {
    expect(said({})).toMatchObject({ what: 'Invoice 2026-0319', route: { at: 'invoice', id: 'i1' } })
    expect(said({ kind: 'delete' })).toMatchObject({ what: 'Invoice 2026-0319', did: 'You deleted it.' })
    expect(said({ record: 'i9', kind: 'insert', values: { number: '2026-0400' } })).toMatchObject({
      what: 'Invoice 2026-0400',
      route: undefined,
      did: 'You added it:',
    })
    expect(said({ record: 'i9' })).toMatchObject({ what: 'Invoice (deleted)', route: undefined })
    expect(
      said({ collection: 'contacts', record: 'k9', kind: 'insert', values: { name: 'New Co' } }).what,
    ).toBe('Contact New Co')
    expect(said({ collection: 'contacts', record: 'k1', kind: 'delete' }).what).toBe('Mill & Sons')
    expect(
      said({ collection: 'payments', record: 'p1', kind: 'insert', values: { invoiceId: 'i1' } }),
    ).toMatchObject({ what: 'Payment on invoice 2026-0319', route: { at: 'invoice', id: 'i1' } })
    expect(nameOfEdit({ writes: [write({})] }, wording)).toBe('Invoice 2026-0319')
    expect(nameOfEdit({ writes: [] }, wording)).toBe('What you wrote')
  })

  it('WEB-45 says each value under its label as the application shows it', () => {
    expect(
      valuesOf({
        kind: 'insert',
        values: {
          number: '2026-0400',
          contactId: 'k1',
          status: 'part_paid',
          totalCents: 120_050,
          dueOn: '2026-03-09',
          reference: '',
          tenantId: 'acme',
        },
      }),
    ).toEqual([
      ['Number', '2026-0400'],
      ['Contact', 'Mill & Sons'],
      ['Status', 'Part paid'],
      ['Total', '£1,200.50'],
      ['Due date', '9 Mar 2026'],
      ['Reference', 'nothing'],
    ])
    expect(
      valuesOf({
        collection: 'payments',
        kind: 'insert',
        values: { invoiceId: 'i1', amountCents: 777, method: 'bank', paidOn: '2026-03-09' },
      }),
    ).toEqual([
      ['Invoice', '2026-0319'],
      ['Amount', '£7.77'],
      ['Method', 'Bank'],
      ['Paid on', '9 Mar 2026'],
    ])
  })

  it('WEB-45 says of a count how many more, and of a note what was written and what was taken out', () => {
    expect(valuesOf({ values: { reminders: { add: 2 } } })).toEqual([['Reminders', '2 more']])
    expect(valuesOf({ values: { reminders: { add: -1 } } })).toEqual([['Reminders', '1 fewer']])
    const patches = [
      [0, '', 'Ask for Mrs Alder. ', ''],
      [24, 'now', 'then', 'er '],
    ]
    expect(valuesOf({ values: { notes: { patches } } })).toEqual([
      ['Notes', '“Ask for Mrs Alder. ” written, “now” taken out and “then” written'],
    ])
  })

  it('WEB-45 says why without the names of records that only programs know', () => {
    const because = (
      code: Parameters<typeof refusalWords>[0]['error']['code'],
      message: string,
      values = {},
    ) => refusalWords({ writes: [write({ values })], error: { code, message, retryable: false } })
    expect(because('not-found', 'There is no record "XtuWrm".')).toBe('It had been deleted by then.')
    expect(
      because('depends-on-reverted', 'It depends on an edit that was undone: There is no record "a".'),
    ).toBe('It builds on a change that was undone.')
    expect(because('write-refused', 'A contact needs a name.')).toBe('A contact needs a name.')
    expect(because('refused-unique', 'Another record already has this value.')).toBe(
      'Another record already has this value.',
    )
    expect(because('refused-unique', 'Another record already has this value.', { number: '2026-0001' })).toBe(
      'Another invoice already has the number 2026-0001.',
    )
    expect([toolWords(0), toolWords(3)]).toEqual([
      'Changes that were not taken: none',
      'Changes that were not taken: 3',
    ])
  })
})

describe('a change that is written otherwise', () => {
  const insert = write({
    record: 'i9',
    kind: 'insert',
    values: { number: '2026-0400', contactId: 'k1', totalCents: 120_050, dueOn: null, notes: 'As agreed. ' },
  })

  function changed(writes: readonly Write[], texts: Readonly<Record<string, string>>) {
    const { problems, apply } = changeIn(editableOf({ writes }, wording), texts, wording)
    const drafts: WriteDraft[] = writes.map((one) => ({ ...one, values: { ...one.values } }))
    apply(drafts)
    return { problems, values: drafts.map(({ values }) => values) }
  }

  it('WEB-46 begins with what was typed; what nobody touches stays as it was', () => {
    expect(editableOf({ writes: [insert] }, wording).map(({ key, text }) => [key, text])).toEqual([
      ['0 number', '2026-0400'],
      ['0 contactId', 'k1'],
      ['0 totalCents', '1200.50'],
      ['0 dueOn', ''],
      ['0 notes', 'As agreed. '],
    ])
    expect(changed([insert], {})).toEqual({ problems: {}, values: [insert.values] })
  })

  it('WEB-46 is read as the application’s forms read it', () => {
    const texts = { '0 number': ' 2026-0401 ', '0 totalCents': '£1,300', '0 dueOn': '2026-03-09' }
    expect(changed([insert], texts)).toEqual({
      problems: {},
      values: [{ ...insert.values, number: '2026-0401', totalCents: 130_000, dueOn: '2026-03-09' }],
    })
    const counted = write({ kind: 'insert', values: { reminders: 1 } })
    expect(changed([counted], { '0 reminders': '3' }).values).toEqual([{ reminders: 3 }])
  })

  it('WEB-46 says of each field why what it holds cannot be sent', () => {
    const contact = write({
      collection: 'contacts',
      record: 'k9',
      kind: 'insert',
      values: { name: 'A', email: '' },
    })
    const texts = { '0 number': ' ', '0 totalCents': 'much', '1 name': '', '1 email': 'not one' }
    expect(changed([insert, contact], texts).problems).toEqual({
      '0 number': 'Give the invoice a number.',
      '0 totalCents': 'Enter an amount above nothing, such as 120.50.',
      '1 name': 'A contact needs a name.',
      '1 email': 'An email address looks like ada@example.com.',
    })
  })

  it('WEB-46 offers no field for what only adds to what was there, or names another record', () => {
    const payment = write({
      collection: 'payments',
      kind: 'insert',
      values: { invoiceId: 'i1', method: 'card' },
    })
    const difference = write({ values: { reminders: { add: 1 }, notes: { patches: [] } } })
    expect(editableOf({ writes: [payment, difference] }, wording).map(({ key }) => key)).toEqual(['0 method'])
    expect(editableOf({ writes: [write({ kind: 'delete' })] }, wording)).toEqual([])
  })
})
