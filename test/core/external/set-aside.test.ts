import { describe, expect, it } from 'vitest'
import type { ExternalChange } from '../../../src/core/external/events.ts'
import { bytesOf, fitLog } from '../../../src/core/external/fit-log.ts'
import { correctionsOf } from '../../../src/core/outbox/outbox.ts'
import { recordKey } from '../../../src/core/records/record.ts'
import { whyNoId } from '../../../src/protocol/ids.ts'
import { board } from '../../fixtures/board.ts'
import { Author, insert, MemoryTenant, outcome, remove, set } from '../../support/memory-tenant.ts'

/** A card that is in Postgres (seq 1), and its author who sees everything. */
function withCard(collection = 'cards') {
  const tenant = new MemoryTenant(board)
  const mia = new Author(tenant, 'client-a1')
  mia.send(insert(collection, 'c1', { title: 'Tide', owner: 'mia', votes: 5 }))
  mia.look()
  const about = { collection, id: 'c1', epoch: tenant.epoch, by: 'psql', seen: 1 }
  const take = (change: Pick<ExternalChange, 'kind'> & Partial<ExternalChange>) => {
    const event = { ...about, before: {}, after: {}, reason: 'Why.', ...change } as ExternalChange
    return tenant.takeExternal([event], 1)[0]
  }
  const poison = () => take({ kind: 'aside', after: { title: null } })
  return { tenant, mia, take, poison, row: () => tenant.row(collection, 'c1') }
}

/** What of the log Postgres is still to be told, from seq 2 on. */
function unsent(tenant: MemoryTenant) {
  const corrections = correctionsOf(tenant.corrections(1))
  return tenant.log.slice(1).flatMap((entry) => corrections.remaining(corrections.of(entry.seq) ?? entry))
}

describe('a record that is set aside', () => {
  it('ASD-5 lets edits on their way through, but for what Postgres has overwritten', () => {
    const { tenant, mia, poison, row } = withCard()
    mia.send(set('cards', 'c1', { title: 'Mine', note: 'kept' }))
    poison()
    expect(row()).toBeUndefined()
    expect(unsent(tenant)).toMatchObject([{ kind: 'update', id: 'c1', after: { note: 'kept' } }])
    expect(tenant.conflicts).toMatchObject([{ field: 'title', loser: { value: 'Mine' } }])
  })

  it('ASD-5 whose own delete had not been heard of is deleted, where deletes win', () => {
    const { tenant, mia, poison, row } = withCard()
    mia.send(remove('cards', 'c1'))
    poison()
    expect(row()).toBeUndefined()
    expect(unsent(tenant)).toMatchObject([{ kind: 'delete', id: 'c1' }])
  })

  it('ASD-5 and stays where they lose, with both sides kept', () => {
    const { tenant, mia, poison, row } = withCard('keepers')
    mia.send(remove('keepers', 'c1'))
    poison()
    expect(row()).toBeUndefined()
    expect(unsent(tenant)).toEqual([])
    expect(tenant.conflicts).toMatchObject([{ policy: 'deletes-lose', loser: { value: null } }])
  })

  it('ASD-5 survives the undoing of an edit before it', () => {
    const { tenant, mia, poison, take, row } = withCard()
    mia.send(set('cards', 'c1', { title: 'Mine', note: 'gone' }))
    poison()
    tenant.revert(2)
    expect(row()).toBeUndefined()
    expect(unsent(tenant)).toEqual([])
    take({ kind: 'insert', after: { id: 'c1', title: 'Back', owner: 'mia', votes: 6, note: '' }, seen: 2 })
    expect(row()).toMatchObject({ title: 'Back', votes: 6 })
  })

  it('ASD-5 is not touched by what else happens to its row, and is whole when it is back', () => {
    const { tenant, take, poison, row } = withCard()
    poison()
    take({ kind: 'update', before: { votes: 5 }, after: { votes: 6 } })
    poison()
    expect(row()).toBeUndefined()
    take({ kind: 'delete', before: { id: 'c1' } })
    take({ kind: 'insert', after: { id: 'c1', title: 'New', owner: 'ben', votes: 1, note: '' } })
    expect(row()).toMatchObject({ title: 'New', owner: 'ben' })
    expect(tenant.log.flatMap(({ repairs = [] }) => repairs)).toEqual([])
  })

  it('ASD-4 refuses whatever means it, an effect too', () => {
    const { tenant, mia, poison } = withCard()
    poison()
    mia.look()
    tenant.asides.set(recordKey('cards', 'c1'), { reason: 'Why.' })
    const send = (...ops: Parameters<typeof mia.send>) => outcome(mia.send(...ops))
    expect(send(set('cards', 'c1', { title: 'Mine' }))).toBe('set-aside')
    expect(send(remove('cards', 'c1'))).toBe('set-aside')
    expect(send(insert('cards', 'c1', { title: 'Mine', owner: 'mia' }))).toBe('set-aside')
    expect(send(insert('awards', 'a1', { card: 'c1', points: 5 }))).toBe('set-aside')
    expect(send(insert('cards', 'c2', { title: 'Fine', owner: 'mia' }))).toBe('accepted')
  })
})

describe('what fits the log', () => {
  const place = { collection: 'cards', id: 'c1' }

  it('ASD-1 a change that is too large for it sets its record aside, but for a delete', () => {
    const large = { note: 'x'.repeat(900_000) }
    expect(fitLog({ ...place, kind: 'update', before: {}, after: large })).toMatchObject({
      kind: 'aside',
      after: {},
    })
    expect(fitLog({ ...place, kind: 'delete', before: large, after: {} })).toEqual({
      ...place,
      kind: 'delete',
      before: {},
      after: {},
    })
    const small = { ...place, kind: 'insert' as const, before: {}, after: { note: 'x'.repeat(800_000) } }
    expect(fitLog(small)).toBe(small)
  })

  it('ASD-1 is measured in bytes', () => {
    for (const text of ['x', 'é', '€', '🌊']) {
      const row = { note: text.repeat(200_000) }
      expect(bytesOf(row)).toBe(new TextEncoder().encode(JSON.stringify(row)).length)
    }
  })
})

describe('an id', () => {
  it.each(['a', 'x'.repeat(128), 'a,b', ' ', 'é', 'e\u0301', '🌊'.repeat(64), '\u200d', '__proto__'])(
    'IDS-1 can be %j',
    (id) => {
      expect(whyNoId(id)).toBeUndefined()
    },
  )

  it.each([
    '',
    'x'.repeat(129),
    '🌊'.repeat(65),
    '\n',
    'a\rb',
    '\t',
    '\0',
    '\u007f',
    '\u0085',
    '\u2028',
    '\u2029',
    '\ud83c',
    '\udf0a\ud83c',
  ])('IDS-1 cannot be %j', (id) => {
    expect(whyNoId(id)).toMatch(/^An id .*\.$/)
  })
})
