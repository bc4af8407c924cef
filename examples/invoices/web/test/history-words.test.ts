import { describe, expect, it } from 'vitest'
import { runsOf } from '../src/history/history-runs.ts'
import { fieldsOf, headOf, type InvoiceItem, sinceOf, undoOf } from '../src/history/history-words.ts'

const NAMES: Readonly<Record<string, string>> = { ben: 'Ben', cleo: 'Cleo' }

const wording = {
  currency: 'GBP',
  contacts: [{ id: 'k1', name: 'Mill & Sons' }],
  self: 'ada',
  nameOf: (subject: string) => NAMES[subject] ?? subject,
}

const item = (more: Partial<InvoiceItem>): InvoiceItem => ({
  epoch: 'e',
  seq: 1,
  id: 'i1',
  kind: 'update',
  author: 'ada',
  external: false,
  at: 0,
  committed: true,
  fields: {},
  changedSinceBy: [],
  undo: () => {
    throw new Error('nobody undoes here')
  },
  ...more,
})

const now = {
  id: 'i1',
  number: '2026-0001',
  contactId: 'k1',
  status: 'part_paid',
  totalCents: 10_000,
  paidCents: 5_000,
  reminders: 3,
  reference: '',
  notes: '',
  dueOn: null,
} as const

describe('the words of a history', () => {
  it('HIS-30 says who, by name, and where', () => {
    const said = [
      item({}),
      item({ author: 'ben', kind: 'delete' }),
      item({ author: 'import', external: true }),
    ]
    expect(said.map((one) => headOf(one, [one.author], wording))).toEqual([
      'You changed',
      'Ben deleted it',
      'Changed in the database by import',
    ])
    expect(headOf(item({}), ['ben', 'ada', 'cleo'], wording)).toBe('Ben, you and Cleo changed')
    expect(sinceOf(item({ changedSinceBy: ['cleo', 'ada'] }), wording)).toBe('Changed since by Cleo and you.')
    expect(sinceOf(item({}), wording)).toBe('')
  })

  it('HIS-30 says money, days, statuses and names as the page does, and nothing as nothing', () => {
    const fields = {
      totalCents: { from: 100, to: 123_450 },
      dueOn: { from: null, to: '2026-05-01' },
      status: { from: 'sent', to: 'part_paid' },
      contactId: { from: null, to: 'k1' },
      reference: { from: 'x', to: '' },
    } as const
    const said = fieldsOf(item({ fields }), wording).map(({ label, from, to }) => ({ label, from, to }))
    expect(said).toEqual([
      { label: 'Contact', from: 'nothing', to: 'Mill & Sons' },
      { label: 'Status', from: 'Sent', to: 'Part paid' },
      { label: 'Total', from: '£1.00', to: '£1,234.50' },
      { label: 'Reference', from: 'x', to: 'nothing' },
      { label: 'Due date', from: 'nothing', to: '1 May 2026' },
    ])
  })

  it('HIS-30 says what an undo will do', () => {
    const fields = { reference: { from: 'a', to: 'b' }, reminders: { from: 1, to: 3, delta: 2 } }
    expect(undoOf(item({ fields }), now, wording)).toEqual({
      does: 'Sets reference to a. Counts 2 fewer of reminders.',
    })
    expect(undoOf(item({ fields: { notes: { from: 'a', to: 'b' } } }), now, wording)).toEqual({
      does: 'Takes out of the notes what came, and puts back what went; what others wrote stays.',
    })
    expect(undoOf(item({ kind: 'delete' }), undefined, wording)).toMatchObject({ does: expect.any(String) })
  })

  it.each([
    ['a status that does not go back', item({ fields: { status: { from: 'sent', to: 'part_paid' } } }), now],
    ['a payment', item({ fields: { paidCents: { from: 0, to: 1 } } }), now],
    ['a number', item({ fields: { number: { from: 'a', to: 'b' } } }), now],
    ['a creation', item({ kind: 'insert' }), now],
    ['a deletion that was taken back', item({ kind: 'delete' }), now],
    ['a change of what is deleted', item({}), undefined],
    ['what was undone', item({ refused: { code: 'refused-check', message: 'No.', retryable: false } }), now],
  ])('HIS-30 offers no undo of %s', (_, one, invoice) => {
    expect(undoOf(one, invoice, wording)).toEqual({ cannot: expect.any(String) })
  })
})

describe('what is written into the notes', () => {
  const MINUTE_MS = 60_000
  const wrote = (author: string, minute: number, from: string, to: string, more: Partial<InvoiceItem> = {}) =>
    item({ author, seq: minute, at: minute * MINUTE_MS, fields: { notes: { from, to } }, ...more })
  const read = (...items: readonly InvoiceItem[]) =>
    runsOf(items).map(({ authors, whole, items: all }) => [
      authors.join(),
      whole.fields.notes?.from,
      whole.fields.notes?.to,
      all.length,
    ])

  it('HIS-32 is read as one change, by whoever wrote, until there is a longer pause', () => {
    expect(
      read(
        wrote('ada', 25, 'Hello you!', 'Hello you! Bye'),
        wrote('ben', 12, 'Hello you', 'Hello you!'),
        wrote('ada', 11, 'Hello', 'Hello you'),
        wrote('ada', 10, '', 'Hello'),
      ),
    ).toEqual([
      ['ada', 'Hello you!', 'Hello you! Bye', 1],
      ['ada,ben', '', 'Hello you!', 3],
    ])
  })

  it('HIS-32 is not one with what is no writing', () => {
    const refused = { code: 'refused-check', message: 'No.', retryable: false } as const
    expect(
      read(
        wrote('ada', 6, 'e', 'f'),
        wrote('ada', 5, 'd', 'e', { refused }),
        wrote('ada', 4, 'c', 'd'),
        wrote('import', 3, 'b', 'c', { external: true }),
        wrote('ada', 2, 'a', 'b', {
          fields: { notes: { from: 'a', to: 'b' }, dueOn: { from: null, to: '2026-01-01' } },
        }),
        wrote('ada', 1, '', 'a', { kind: 'insert' }),
      ).map(([, , , count]) => count),
    ).toEqual([1, 1, 1, 1, 1, 1])
    expect(runsOf([])).toEqual([])
  })

  it('HIS-32 is in Postgres once all of it is', () => {
    const [run] = runsOf([wrote('ada', 2, 'a', 'b'), wrote('ada', 1, '', 'a', { committed: false })])
    expect([run?.whole.committed, run?.whole.seq]).toEqual([false, 2])
  })
})
