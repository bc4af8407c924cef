import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, describe, expect, it } from 'vitest'
import type { StoreEvent } from '../../src/disk/disk.ts'
import { indexedDbDisk } from '../../src/disk/indexeddb-disk.ts'
import { inTwoPlaces } from '../../src/disk/two-places.ts'
import { MemoryCopies } from '../support/memory-copies.ts'
import { MemoryDisk } from '../support/memory-disk.ts'
import { CONTRACT, equal } from './disk-contract.ts'

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

/** The small store of a page. */
function names() {
  const held = new Map<string, string>()
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
  }
}

const deleted = (name: string) =>
  new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })

describe.each([
  [
    'a disk in memory',
    () => {
      const disk = new MemoryDisk()
      return { disk, wipe: (owner: string) => disk.remove(owner) }
    },
  ],
  [
    'IndexedDB',
    () => ({
      disk: indexedDbDisk('here', names()),
      wipe: (owner: string) => deleted(`tidemark here ${owner}`),
    }),
  ],
  [
    'a store with a copy beside it',
    () => {
      const disk = new MemoryDisk()
      return {
        disk: inTwoPlaces(disk, new MemoryCopies()),
        wipe: (owner: string) => disk.remove(owner),
      }
    },
  ],
])('%s', (_, make) => {
  it.each(CONTRACT)('CTR-60 $title', ({ run }) => run(make()))
})

it('PER-26 a handle that the browser has closed is opened again, once for each operation', async () => {
  const disk = indexedDbDisk('here', names())
  const store = await disk.open('ann', () => {})
  const client = { clientId: 'client-a1', epoch: 'e1', cursor: 1, last: 0, acknowledged: 0 }
  await store.write({ durability: 'strict', anew: true, client })
  const real = IDBDatabase.prototype.transaction
  let refusals = 1
  IDBDatabase.prototype.transaction = function (...given) {
    if (refusals-- > 0) throw new DOMException('The database connection is closing.', 'InvalidStateError')
    return real.apply(this, given)
  }
  try {
    await store.write({ durability: 'strict', client: { ...client, last: 1 } })
    equal((await store.load())?.client.last, 1)
    refusals = 2
    await expect(store.write({ durability: 'strict', client })).rejects.toMatchObject({ kind: 'unavailable' })
    await store.write({ durability: 'strict', client: { ...client, last: 2 } })
  } finally {
    IDBDatabase.prototype.transaction = real
  }
  equal((await store.load())?.client.last, 2)
  store.close()
})

it('PER-23 an older page makes way for a newer form of the store, and is told', async () => {
  const heard: StoreEvent[] = []
  const older = await indexedDbDisk('here', names(), 1).open('ann', (event) => heard.push(event))
  const newer = await indexedDbDisk('here', names(), 2).open('ann', () => {})
  expect(heard).toEqual(['superseded'])
  await expect(older.write({ durability: 'strict' })).rejects.toMatchObject({ kind: 'unavailable' })
  newer.close()
})

it('PER-23 a page that does not make way is waited for no longer than a deadline', async () => {
  const old = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('tidemark here ann', 1)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  await expect(indexedDbDisk('here', names(), 2).open('ann', () => {})).rejects.toMatchObject({
    kind: 'unavailable',
  })
  old.close()
})

it('PER-21 a store without room says so, and nothing of the batch stays', async () => {
  const store = await indexedDbDisk('here', names()).open('ann', () => {})
  const client = { clientId: 'client-a1', epoch: 'e1', cursor: 1, last: 0, acknowledged: 0 }
  await store.write({ durability: 'strict', anew: true, client })
  const real = IDBObjectStore.prototype.add
  IDBObjectStore.prototype.add = () => {
    throw new DOMException('There is no room.', 'QuotaExceededError')
  }
  const edit = { n: 1, context: { epoch: 'e1', seq: 1 }, ops: [] }
  const edits = { drop: [], add: [{ edit, places: [] }], put: [] }
  try {
    const writing = store.write({ durability: 'strict', client: { ...client, last: 1 }, edits })
    await expect(writing).rejects.toMatchObject({ kind: 'quota' })
  } finally {
    IDBObjectStore.prototype.add = real
  }
  expect(await store.load()).toMatchObject({ client: { last: 0 }, edits: [] })
  store.close()
})
