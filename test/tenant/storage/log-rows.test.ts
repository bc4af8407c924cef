import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { intervalChanges } from '../../../src/core/query/changes.ts'
import type { Retention } from '../../../src/tenant/storage/log-rows.ts'
import { Store } from '../../../src/tenant/storage/store.ts'
import { openTables } from '../../../src/tenant/storage/tables.ts'
import { ChangesSince } from '../../../src/tenant/views/changes-since.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'

const objectOf = (tenant: string) => env.TENANT.get(env.TENANT.idFromName(tenant))

const NOW = 1_000_000
const EDITS = 10

/** Edits one second apart, the last of them now, in a log that is pruned up to a seq. */
function pruned(upTo: number, kept: Partial<Retention>) {
  const tenant = newTenant('log')
  return runInDurableObject(objectOf(tenant), (_, { storage }) => {
    const { database, log } = openTables(storage, new Map())
    for (let seq = 1; seq <= EDITS; seq++) {
      const at = NOW - (EDITS - seq) * 1_000
      const entry = { seq, actor: 'client-a1', n: seq, subject: 'ada', at, changes: [] }
      database.transaction(() => log.append([entry], 0))
    }
    const dropped = database.transaction(() =>
      log.prune(upTo, NOW, { edits: EDITS, bytes: 1_000_000, ms: 1_000_000, ...kept }),
    )
    return { dropped, left: [...log.entries(0)].map(({ seq }) => seq) }
  })
}

describe('the log keeps', () => {
  it('QRY-44 so many edits', async () => {
    expect(await pruned(EDITS, { edits: 3 })).toEqual({ dropped: 7, left: [8, 9, 10] })
  })

  it('QRY-44 so many bytes', async () => {
    const { left } = await pruned(EDITS, { bytes: 300 })
    expect(left.length).toBeGreaterThan(1)
    expect(left.length).toBeLessThan(6)
    expect(left.at(-1)).toBe(EDITS)
  })

  it('QRY-44 what is so young', async () => {
    expect(await pruned(EDITS, { ms: 2_000 })).toEqual({ dropped: 7, left: [8, 9, 10] })
  })

  it('QRY-44 the newest edit whatever its age, so that the next has the place after it', async () => {
    expect(await pruned(EDITS, { edits: 0, bytes: 0, ms: -1 })).toEqual({ dropped: 9, left: [10] })
  })

  it('QRY-44 and whatever Postgres has not got', async () => {
    expect(await pruned(2, { edits: 0, bytes: 0, ms: 0 })).toEqual({
      dropped: 2,
      left: [3, 4, 5, 6, 7, 8, 9, 10],
    })
    expect(await pruned(EDITS, {})).toMatchObject({ dropped: undefined })
  })
})

describe('who comes from', () => {
  /** A tenant with a follower that has gone, and edits since. */
  async function left(name: string) {
    const tenant = newTenant(name)
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()), ada.edit(card('c1')))
    const ben = await Peer.open({ sub: 'ben', tenant })
    const [, { epoch }] = await ben.hello()
    await ben.follow(0, { collection: 'cards' })
    ben.close()
    for (const notes of ['a', 'b', 'c']) await ada.push(ada.edit(change('c1', { notes: { set: notes } })))
    await ada.committed(5)
    return { tenant, ben, resume: { epoch, seq: ben.cursor, resumeToken: ben.resumeTokenOf(0) } }
  }

  it('QRY-45 before the log starts anew', async () => {
    const { tenant, ben, resume } = await left('floor')
    await runInDurableObject(objectOf(tenant), (_, { storage }) => {
      storage.sql.exec('DELETE FROM log WHERE last_seq <= 4')
      storage.sql.exec("INSERT OR REPLACE INTO meta (key, value) VALUES ('floor', '4')")
    })
    await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
    const again = await Peer.open({ sub: 'ben', tenant }, ben.client)
    await again.hello()
    again.send(['subscribe', { id: 0, query: { collection: 'cards' }, resume }])
    expect((await again.next('reset'))[1]).toMatchObject({ epoch: resume.epoch })
    again.send(['watch', { patterns: ['cards_*'], since: { epoch: resume.epoch, seq: resume.seq } }])
    expect((await again.next('invalidate'))[1].tags).toEqual(['*'])
  })

  it('QRY-45 so far back that a snapshot costs less is told so', async () => {
    const { tenant } = await left('far')
    const [all, some, row] = await runInDurableObject(objectOf(tenant), (_, { storage }) => {
      const store = new Store(storage, 4)
      const sizes = [...store.turnsBackTo(2)].map(({ characters }) => characters)
      const log = sizes.reduce((sum, size) => sum + size, 0)
      const row = JSON.stringify(store.living('cards', 'c1')).length
      const from = (room: number) => new ChangesSince(store, room).from(2)?.get('cards')?.get('c1')
      const before = new ChangesSince(store, log + row)
        .fold(2, intervalChanges)
        ?.get('cards')
        ?.get('c1')?.before
      return [from(log + row)?.after?.['notes'], from(log + row - 1), before?.['notes']] as const
    })
    expect([all, some, row]).toEqual(['c', undefined, ''])
  })
})

it('MRG-27 the log is read backwards a row at a time, from wherever in a row, down to a floor', async () => {
  const tenant = newTenant('log')
  const read = await runInDurableObject(objectOf(tenant), (_, { storage }) => {
    const { database, log } = openTables(storage, new Map())
    const entry = (seq: number) => ({ seq, actor: 'client-a1', n: seq, subject: 'ada', at: NOW, changes: [] })
    for (const turn of [[1], [2, 3, 4], [5, 6]]) database.transaction(() => log.append(turn.map(entry), 0))
    const back = (before: number, floor: number) => log.past(before, floor)?.entries.map(({ seq }) => seq)
    return [back(7, 0), back(6, 0), back(5, 0), back(4, 0), back(2, 0), back(1, 0), back(5, 2), back(3, 2)]
  })
  expect(read).toEqual([[5, 6], [5], [2, 3, 4], [2, 3], [1], undefined, [3, 4], undefined])
})
