import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import type { StoredRecord } from '../../../src/core/records/record.ts'
import { LruCache } from '../../../src/tenant/storage/lru-cache.ts'
import type { Records } from '../../../src/tenant/storage/records.ts'
import { Store } from '../../../src/tenant/storage/store.ts'
import { openTables } from '../../../src/tenant/storage/tables.ts'
import { CALLS_APART_MS } from '../../../src/tenant/upstream/drain.ts'
import { PageCache } from '../../../src/tenant/views/page-cache.ts'
import { cardsOf, sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../support/postgres-calls.ts'
import { assignee, card, change } from '../support/samples.ts'
import { committedOf, logOf, objectOf } from '../support/tenant-world.ts'

const KEYS = new Map([['cards', ['status']]])
const BIRTH = { actor: 'sql', n: 0, seq: 0 }

const record = (row: Record<string, string>): StoredRecord => ({
  collection: 'cards',
  id: 'c1',
  row: { id: 'c1', status: 'draft', notes: '', ...row },
  birth: BIRTH,
  versions: {},
})

let calls: PostgresCalls | undefined

afterEach(() => calls?.stop())

async function withCard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1')))
  await ada.committed(1)
  return { tenant, ada }
}

describe('the mark of what Postgres has', () => {
  const historyOf = (tenant: string) => sql('SELECT seq FROM tidemark.history WHERE tenant_id = $1', tenant)

  it('TEN-65 goes along with the next edits, and without it nothing happens twice', async () => {
    const { tenant, ada } = await withCard('mark')
    for (const n of [2, 3]) {
      await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
      await ada.committed(n)
      expect(await committedOf(tenant)).toBe(n - 1)
    }
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
    await ada.committed(4)
    expect(await historyOf(tenant)).toHaveLength(4)
    expect(await cardsOf(tenant)).toMatchObject([{ reactions: 3 }])
  })

  it('TEN-65 and what Postgres refused is undone once, also when the object goes right after', async () => {
    const { tenant, ada } = await withCard('refused')
    await ada.push(ada.edit(card('c2', { number: 'N-c1' })))
    await ada.until('it is undone', () => JSON.stringify(ada.frames).includes('"reverted"'))
    expect(await committedOf(tenant)).toBeGreaterThanOrEqual(2)
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
    // The edit, what undoes it, that its author is told, and the one after.
    await ada.committed(5)
    expect(await logOf(tenant)).toHaveLength(5)
  })

  it('TEN-65 is stored when nobody is there any more', async () => {
    const { tenant, ada } = await withCard('left')
    ada.close()
    await expect.poll(() => committedOf(tenant)).toBe(1)
  })
})

it('QRY-49 whoever comes for the same rows as the last gets them as they are by then', async () => {
  const { tenant, ada } = await withCard('pages')
  const notes = async () => {
    const reader = await Peer.open({ sub: 'ben', tenant })
    await reader.hello()
    const rows = await reader.follow(0, { collection: 'cards', select: ['notes'] })
    reader.close()
    return rows
  }
  expect(await notes()).toEqual([['c1', '']])
  await ada.push(ada.edit(change('c1', { notes: { set: 'edited' } })))
  expect(await notes()).toEqual([['c1', 'edited']])
  // Loading and changes of the schema move no head.
  await runInDurableObject(objectOf(tenant), (_, { storage }) => {
    const store = new Store(storage, 4, KEYS)
    const pages = new PageCache()
    let made = 0
    const read = () => pages.get(store.records.changes, 'all', () => ({ text: `${++made}`, total: 1 })).text
    expect([read(), read()]).toEqual(['1', '1'])
    const loaded = [{ id: 'c1', status: 'draft', notes: 'loaded' }]
    store.transaction((txn) => txn.putRows('cards', loaded, BIRTH))
    expect([read(), read()]).toEqual(['2', '2'])
    store.transaction((txn) => txn.fillColumn('cards', 'more', 'filled'))
    expect(read()).toBe('3')
    store.transaction((txn) => txn.dropRecord('cards', 'c1'))
    expect(read()).toBe('4')
  })
})

describe('edits that follow each other', () => {
  it('TEN-63 share a call to Postgres, and the first goes there at once', async () => {
    const { ada } = await withCard('spaced')
    calls = watchPostgres()
    const batches = () => calls?.about('tidemark.apply_batch').length ?? 0
    const before = batches()
    const begun = Date.now()
    for (let n = 2; n <= 41; n++) await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
    await ada.committed(41)
    expect(batches() - before).toBeGreaterThan(0)
    // However slowly the edits come: one call at once, and then one in so many milliseconds.
    const spans = Math.ceil((Date.now() - begun) / CALLS_APART_MS)
    expect(batches() - before).toBeLessThanOrEqual(1 + spans)
  })
})

describe('what an object holds in memory', () => {
  it('TEN-64 is what is stored, also after a transaction that failed', async () => {
    const held = await runInDurableObject(objectOf(newTenant('held')), (_, { storage }) => {
      const store = new Store(storage, 4, KEYS)
      store.transaction((txn) => txn.putRecord(record({})))
      expect(() =>
        store.transaction((txn) => {
          txn.putRecord(record({ notes: 'never stored' }))
          txn.putClientState({
            client: 'c',
            subject: 's',
            last: 1,
            acknowledged: 0,
            verdicts: [],
            reverts: [],
          })
          throw new Error('fails')
        }),
      ).toThrow('fails')
      return [store.record('cards', 'c1')?.row['notes'], store.clientState('c')]
    })
    expect(held).toEqual(['', undefined])
  })

  it('TEN-64 is what is stored of many records that are written together', async () => {
    const many = (row: (n: number) => Record<string, string>) =>
      Array.from({ length: 50 }, (_, n) => ({ ...record({ id: `c${n}`, ...row(n) }), id: `c${n}` }))
    const [held, stored, written] = await runInDurableObject(
      objectOf(newTenant('together')),
      (_, { storage }) => {
        const { database, records } = openTables(storage, KEYS)
        const write = (written: StoredRecord[]) => database.transaction(() => records.putAll(written, 0))
        write(many(() => ({})))
        // Every fifth moves in an index as well.
        const changed = many((n) => ({ notes: `note ${n}`, ...(n % 5 === 0 && { status: 'open' }) }))
        write(changed)
        const read = (from: Records) => changed.map(({ id }) => from.get('cards', id)?.row)
        return [read(records), read(openTables(storage, KEYS).records), changed.map(({ row }) => row)]
      },
    )
    expect(held).toEqual(written)
    expect(stored).toEqual(written)
  })

  it('TEN-64 is what was used last, up to a size', () => {
    const recent = new LruCache<number>(10)
    for (let n = 0; n < 20; n++) {
      recent.put(`${n}`, n, 1)
      expect(recent.get('0')).toBe(0)
    }
    expect(recent.get('19')).toBe(19)
    expect(recent.get('3')).toBeUndefined()
    recent.put('large', 1, 6)
    expect(recent.get('large')).toBeUndefined()
    recent.put('19', 20, 1)
    expect(recent.get('19')).toBe(20)
    recent.clear()
    expect(recent.get('19')).toBeUndefined()
  })
})

it('QRY-46 an edit that touches no indexed column writes no index', async () => {
  const rows = await runInDurableObject(objectOf(newTenant('indexes')), (_, { storage }) => {
    const written: number[] = []
    const store = new Store(
      {
        sql: {
          exec: (statement, ...values) => {
            const cursor = storage.sql.exec<never>(statement, ...values)
            if (/\brecord\b/.test(statement)) written.push(cursor.rowsWritten)
            return cursor
          },
        },
        transactionSync: (work) => storage.transactionSync(work),
        getAlarm: () => storage.getAlarm(),
        setAlarm: (at) => storage.setAlarm(at),
        deleteAlarm: () => storage.deleteAlarm(),
      },
      4,
      KEYS,
    )
    store.transaction((txn) => txn.declareIndexes(new Map([['cards', [['status']]]])))
    written.length = 0
    for (const row of [{}, { notes: 'other' }, { status: 'open' }])
      store.transaction((txn) => txn.putRecord(record(row)))
    return written
  })
  const [created, touched, moved] = rows
  expect(touched).toBe(1)
  expect(Math.min(created ?? 0, moved ?? 0)).toBeGreaterThan(1)
})
