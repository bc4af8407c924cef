import { describe, expect, it } from 'vitest'
import { bellWords, kindWords, type Notification, toldOf } from '../src/notifications/notification-words.ts'
import type { Wording } from '../src/wording/wording.ts'

const NAMES: Readonly<Record<string, string>> = { ada: 'Ada', ben: 'Ben', cleo: 'Cleo' }

const wording: Wording = {
  currency: 'GBP',
  contacts: [{ id: 'c1', name: 'Mill & Sons' }],
  invoices: [{ id: 'i1', number: '2026-0319', status: 'sent' }],
  self: 'ada',
  nameOf: (subject) => NAMES[subject] ?? subject,
}

type Of<Kind> = Extract<Notification, { kind: Kind }>

/** What all of them have. */
const about: Omit<Notification, 'kind' | 'data'> = {
  id: 'n1',
  ids: ['n1'],
  count: 1,
  group: null,
  at: '2026-01-31T12:00:00.000Z',
  by: ['ben'],
  collection: 'invoices',
  record: 'i1',
  state: 'unseen',
}

const payment: Of<'payment-received'> = {
  ...about,
  kind: 'payment-received',
  collection: 'payments',
  record: 'p1',
  data: { invoiceId: 'i1', number: '2026-0319', amountCents: 123_456 },
}

const conflict: Of<'conflict'> = { ...about, kind: 'conflict', data: { conflict: 'k' } }

const refused: Of<'refused'> = {
  ...about,
  kind: 'refused',
  by: ['ada'],
  data: { client: 'c', n: 1, code: 'rejected', message: 'The due date is in the past.' },
}

const deleted: Of<'invoice-deleted'> = { ...about, kind: 'invoice-deleted', data: { number: '2026-0319' } }

const said = (item: Notification) => {
  const { title, detail } = toldOf(item, wording)
  return `${title}: ${detail}`
}

describe('the bell', () => {
  it('E2E-88 each kind is said with names, money and statuses as people write them', () => {
    const created = { number: '2026-0319', totalCents: 5_000 }
    expect(said({ ...about, kind: 'invoice-created', data: created })).toBe(
      'New invoice 2026-0319: Ben created it over £50.00.',
    )
    const moved = { number: '2026-0319', from: 'sent', to: 'part_paid' }
    expect(said({ ...about, kind: 'invoice-status', data: moved })).toBe(
      'Invoice 2026-0319 is part paid: Ben moved it from Sent to Part paid.',
    )
    expect(said(deleted)).toBe('Invoice 2026-0319 was deleted: Ben deleted it.')
    expect(said(payment)).toBe('Payment on 2026-0319: Ben recorded £1,234.56.')
    expect(said(conflict)).toBe('Conflict · Invoice 2026-0319: You and Ben changed it, unseen by each other.')
    expect(said(refused)).toBe(
      'Undone · Invoice 2026-0319: What you changed was undone. The due date is in the past.',
    )
  })

  it('E2E-88 several of one group are one, with how many they are and who made them', () => {
    expect(said({ ...payment, count: 3, by: ['ben', 'cleo', 'ada'] })).toBe(
      '3 payments on 2026-0319: Ben, Cleo and you recorded them, £1,234.56 the last time.',
    )
    expect(said({ ...conflict, count: 2, by: ['ada', 'cleo', 'ben'] })).toBe(
      '2 conflicts · Invoice 2026-0319: You, Cleo and Ben changed it, unseen by each other.',
    )
  })

  it('E2E-88 whoever is not named, or not known, is said all the same', () => {
    expect(said({ ...deleted, by: [] })).toContain('Somebody deleted it.')
    expect(said({ ...deleted, by: ['neondb_owner'] })).toContain('neondb_owner deleted it.')
    expect(said({ ...deleted, by: ['ada'] })).toContain('You deleted it.')
    expect(said({ ...payment, data: { ...payment.data, number: '' } })).toContain('Payment on an invoice')
    expect(said({ ...conflict, by: ['ada'] })).toContain('Two people changed it')
  })

  it('E2E-88 a kind that this version of the page does not know is told, and can be named', () => {
    const kept: object = { ...about, kind: 'invoice-printed', data: {} }
    expect(toldOf(kept as Notification, wording)).toEqual({
      title: 'Invoice 2026-0319',
      detail: 'Ben changed something.',
      to: { at: 'invoice', id: 'i1' },
    })
    expect(['payment-received', 'invoice-printed', 'toString'].map(kindWords)).toEqual([
      'payments',
      'invoice-printed',
      'toString',
    ])
  })

  it('E2E-88 the bell says how much is new', () => {
    expect([0, 1, 120].map(bellWords)).toEqual([
      'Notifications: none new',
      'Notifications: 1 new',
      'Notifications: 120 new',
    ])
  })

  it('E2E-89 it leads to what it is about while that is there, to the inbox for a conflict, and to the history of what was deleted', () => {
    const to = (item: Notification, at = wording) => toldOf(item, at).to
    const empty = { ...wording, invoices: [], contacts: [] }
    for (const item of [payment, refused]) {
      expect(to(item)).toEqual({ at: 'invoice', id: 'i1' })
      expect(to(item, empty)).toBeUndefined()
    }
    for (const at of [wording, empty]) expect(to(deleted, at)).toEqual({ at: 'invoice', id: 'i1' })
    expect([to(conflict), to(conflict, empty)]).toEqual(['inbox', 'inbox'])
    const contact = { ...refused, collection: 'contacts', record: 'c1' }
    expect([to(contact), to(contact, empty)]).toEqual([{ at: 'contact', id: 'c1' }, undefined])
    expect(to({ ...refused, collection: 'businessProfile' })).toEqual({ at: 'profile' })
    expect(to({ ...refused, collection: 'payments' })).toBeUndefined()
  })
})
