import { describe, expect, it } from 'vitest'
import { CONFLICTS, NOTIFICATION_STATES, NOTIFICATIONS } from '../../../src/core/app/built-in.ts'
import { stateId } from '../../../src/core/app/notification-state.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import { noticeBoard } from '../../fixtures/notice-board.ts'
import { Author, MemoryTenant, remove, set } from '../../support/memory-tenant.ts'
import { begin, card, IVO, MIA, whole } from '../../support/notices.ts'
import { kindsFor } from '../../support/told.ts'

describe('what the engine tells by itself', () => {
  it('NTF-13 a conflict waits for whoever lost', () => {
    const { mia, ivo, send, told, reads } = begin({})
    send(mia, card())
    ivo.look()
    mia.look()
    mia.send(set('cards', 'c1', { title: 'High' }))
    ivo.send(set('cards', 'c1', { title: 'Low' }))
    expect(told()).toMatchObject([
      {
        kind: 'conflict',
        collection: 'cards',
        record: 'c1',
        fields: ['title'],
        data: { conflict: expect.any(String) },
      },
    ])
    expect([reads(MIA), reads(IVO)]).toEqual([['conflict'], []])
  })

  it('NTF-13 a conflict that a person is to decide waits for both', () => {
    const { mia, ivo, send, reads } = begin({})
    send(mia, card())
    ivo.look()
    mia.look()
    mia.send(set('cards', 'c1', { state: 'won' }))
    ivo.send(set('cards', 'c1', { state: 'lost' }))
    expect([reads(MIA), reads(IVO)]).toEqual([['conflict'], ['conflict']])
  })

  it('NTF-13 an application may want neither', () => {
    const { tenant, mia, ivo, send, told } = begin({}, { conflicts: false, refusals: false })
    send(mia, card())
    ivo.look()
    mia.send(set('cards', 'c1', { title: 'High' }))
    ivo.send(set('cards', 'c1', { title: 'Low' }))
    tenant.revert(3)
    expect(told()).toEqual([])
    expect(
      tenant.log.flatMap(({ changes }) => changes).some(({ collection }) => collection === CONFLICTS),
    ).toBe(true)
  })

  it('NTF-14 an edit that Postgres refused, and each that went with it, in entries that Postgres gets', () => {
    const { tenant, mia, ivo, send, told, reads } = begin({})
    send(mia, card())
    send(ivo, set('cards', 'c1', { title: 'High' }))
    tenant.revert(1)
    expect(told().map(({ kind, data }) => [kind, data])).toEqual([
      [
        'refused',
        {
          client: 'client-a1',
          n: 1,
          code: 'refused-check',
          message: 'The database does not allow this value.',
        },
      ],
      ['refused', { client: 'client-b2', n: 1, code: 'depends-on-reverted', message: expect.any(String) }],
    ])
    expect([reads(MIA), reads(IVO), reads('zoe')]).toEqual([['refused'], ['refused'], []])
    const entries = tenant.log.slice(2)
    expect(entries.map(({ reverts, subject }) => [reverts?.seq, subject])).toEqual([
      [1, MIA],
      [2, IVO],
      [undefined, MIA],
      [undefined, IVO],
    ])
  })

  it('NTF-11 about a record that is gone only what tells of its end is read', () => {
    const { mia, send, reads } = begin({
      cards: { insert: () => whole('made'), delete: () => whole('gone') },
    })
    send(mia, card())
    expect(reads('zoe')).toEqual(['made'])
    send(mia, remove('cards', 'c1'))
    expect(reads('zoe')).toEqual(['gone'])
  })
})

describe('the rights to a notification', () => {
  const hiding = (role: unknown) => (role === 'guest' ? ['note'] : [])
  const application = () =>
    noticeBoard(
      {
        cards: {
          insert: () => [whole('plain'), { ...whole('notes'), fields: ['note'] }],
          delete: () => whole('gone'),
        },
      },
      {},
      {
        cards: {
          read: ({ role: claimed }) => (claimed === 'guest' ? ['=', 'state', 'won'] : ['and', []]),
          hidden: ({ role: claimed }) => hiding(claimed),
        },
      },
    )

  it('NTF-10 are those of its record, and of the columns that it tells of', () => {
    const app = application()
    const tenant = new MemoryTenant(app)
    const mia = new Author(tenant, 'client-a1')
    mia.send(card())
    const guest = () => kindsFor(tenant, app, { sub: 'gus', role: 'guest' })
    expect(kindsFor(tenant, app, { sub: 'zoe' })).toEqual(['plain', 'notes'])
    expect(guest()).toEqual([])
    mia.look()
    mia.send(set('cards', 'c1', { state: 'won' }))
    expect(guest()).toEqual(['plain'])
    mia.look()
    mia.send(remove('cards', 'c1'))
    expect(guest()).toEqual(['gone'])
  })

  it('NTF-11 are those to what the record held, where it is about its end', () => {
    const app = application()
    const tenant = new MemoryTenant(app)
    const mia = new Author(tenant, 'client-a1')
    mia.send(card())
    mia.look()
    mia.send(remove('cards', 'c1'))
    expect(kindsFor(tenant, app, { sub: 'gus', role: 'guest' })).toEqual([])
    expect(kindsFor(tenant, app, { sub: 'zoe' })).toEqual(['gone'])
  })
})

describe('the state of a notification', () => {
  const rank = (
    subject: string,
    notification: string,
    value: number,
    id = stateId(`["acme","${subject}"]`, notification),
  ): Op => ({
    op: 'insert',
    upsert: true,
    collection: NOTIFICATION_STATES,
    id,
    values: { notification, rank: value },
  })

  it('NTF-16 is as far as the device says that says most, whichever comes first', () => {
    const { tenant, mia, ivo, send, told } = begin({ cards: { insert: () => ({ to: IVO, kind: 'made' }) } })
    send(mia, card())
    const notification = String(told()[0]?.['id'])
    const id = stateId(`["acme","${IVO}"]`, notification)
    const ranks = [1, 3, 2, 5, 1].map((value) => {
      expect(send(ivo, rank(IVO, notification, value))).toBe('accepted')
      return tenant.row(NOTIFICATION_STATES, id)?.['rank']
    })
    expect(ranks).toEqual([1, 3, 3, 5, 5])
    expect(tenant.row(NOTIFICATION_STATES, id)).toMatchObject({ subject: IVO, notification, alone: true })
  })

  it('NTF-17 is written by its own person, and nobody takes its id', () => {
    const { mia, ivo, send, told } = begin({ cards: { insert: () => whole('made') } })
    send(mia, card())
    const notification = String(told()[0]?.['id'])
    const ofIvo = stateId(`["acme","${IVO}"]`, notification)
    expect(send(mia, rank(MIA, notification, 1, ofIvo))).toBe('write-refused')
    expect(send(ivo, rank(IVO, notification, 1))).toBe('accepted')
    expect(send(mia, rank(MIA, notification, 2, ofIvo))).toBe('not-found')
    expect(send(mia, set(NOTIFICATION_STATES, ofIvo, { rank: 2 }))).toBe('not-found')
    expect(send(ivo, remove(NOTIFICATION_STATES, ofIvo))).toBe('write-refused')
    expect(send(ivo, set(NOTIFICATION_STATES, ofIvo, { subject: MIA }))).toBe('effect-only')
    expect(send(ivo, set(NOTIFICATIONS, notification, { kind: 'x' }))).not.toBe('accepted')
  })

  it('NTF-12 of one that somebody may not read cannot be written, as if there were none', () => {
    const { mia, ivo, send, told } = begin({ cards: { insert: () => ({ to: 'zoe', kind: 'made' }) } })
    send(mia, card())
    const notification = String(told()[0]?.['id'])
    const refusals = [notification, 'none'].map((one) => {
      ivo.look()
      return ivo.send(rank(IVO, one, 1))
    })
    expect(
      refusals.map((verdict) => (verdict.is === 'rejected' ? verdict.error.message : verdict.is)),
    ).toEqual(['There is no such notification.', 'There is no such notification.'])
  })
})
