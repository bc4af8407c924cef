import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb'
import type { Manifest } from '../../../src/protocol/manifest.ts'
import type { Row } from '../../../src/protocol/value.ts'
import {
  type Batch,
  type Disk,
  DiskFault,
  type Kept,
  type KeptClient,
  type KeptEdit,
  type KeptEdits,
  type KeptRefusal,
  type KeptView,
  nextClient,
  type RowsOf,
  type Store,
  type StoreEvent,
} from './disk.ts'

/** The form of a store. A page that needs another one has the next number, and older pages make way. */
export const DISK_VERSION = 1

/** Milliseconds that an older page has to make way for a newer form of the store. */
export const UPGRADE_MS = 2_000

type Tables = DBSchema & {
  client: { key: 'client' | 'manifest'; value: KeptClient | Manifest }
  edits: { key: number; value: KeptEdit }
  refused: { key: string; value: KeptRefusal }
  views: { key: number; value: KeptView }
  rows: { key: [view: number, id: string]; value: Row }
}

const TABLES = ['client', 'edits', 'refused', 'views', 'rows'] as const

type Database = IDBPDatabase<Tables>

/** A small store of the page beside its databases, for who used the disk last: it may be there when they are gone. */
export type Names = Pick<Storage, 'getItem' | 'setItem'>

/**
 * The disk of a browser: a database for each origin, service, tenant and person.
 *
 * @param place names the service and the tenant
 * @param names absent where the platform has none
 */
export function indexedDbDisk(place: string, names: Names | undefined, version = DISK_VERSION): Disk {
  const databaseOf = (owner: string) => `tidemark ${place} ${owner}`
  const latest = latestIn(place)
  return {
    latest: async () => ((await latest.get()) ?? names?.getItem(place)) || undefined,
    remember: async (owner = '') => {
      names?.setItem(place, owner)
      await latest.put(owner)
    },
    open: async (owner, heard) => {
      const store = new IndexedDbStore(databaseOf(owner), version, heard)
      await store.opened()
      return store
    },
    remove: (owner) => deleteDB(databaseOf(owner)),
  }
}

type LatestTables = DBSchema & { latest: { key: string; value: string } }

/** Who used the disk last, by place. It is on the disk at once, which the page's small store is only some seconds later. */
function latestIn(place: string) {
  const withDatabase = async <Result>(run: (database: IDBPDatabase<LatestTables>) => Promise<Result>) => {
    const database = await openDB<LatestTables>('tidemark', 1, {
      upgrade: (made) => void made.createObjectStore('latest'),
    })
    try {
      return await run(database)
    } finally {
      database.close()
    }
  }
  return {
    get: () => withDatabase((database) => database.get('latest', place)),
    put: (owner: string) =>
      withDatabase(async (database) => {
        const txn = database.transaction('latest', 'readwrite', { durability: 'strict' })
        await Promise.all([txn.store.put(owner, place), txn.done])
      }),
  }
}

class IndexedDbStore implements Store {
  readonly #name: string
  readonly #version: number
  readonly #heard: (event: StoreEvent) => void
  #database: Promise<Database> | undefined
  /** The client that the store has, once it has one. */
  #client: string | undefined
  #isClosed = false

  constructor(name: string, version: number, heard: (event: StoreEvent) => void) {
    this.#name = name
    this.#version = version
    this.#heard = heard
  }

  /** One promise for all who wait, made before anything else is awaited. */
  opened(): Promise<Database> {
    if (this.#isClosed) return Promise.reject(new DiskFault('unavailable', 'The store is closed.'))
    this.#database ??= this.#open()
    const opening = this.#database
    opening.catch(() => this.#forget(opening))
    return opening
  }

  async load(): Promise<Kept | undefined> {
    return this.#withDatabase(async (database) => {
      const txn = database.transaction(TABLES)
      const [client, manifest, edits, refused, views, ids, rows] = await Promise.all([
        txn.objectStore('client').get('client'),
        txn.objectStore('client').get('manifest'),
        txn.objectStore('edits').getAll(),
        txn.objectStore('refused').getAll(),
        txn.objectStore('views').getAll(),
        txn.objectStore('rows').getAllKeys(),
        txn.objectStore('rows').getAll(),
        txn.done,
      ])
      if (!client || !('clientId' in client)) return undefined
      this.#client = client.clientId
      const rowsOf = new Map<number, Row[]>(views.map(({ id }) => [id, []]))
      rows.forEach((row, i) => {
        const view = ids[i]?.[0]
        if (view !== undefined) rowsOf.get(view)?.push(row)
      })
      return {
        client,
        manifest: manifest && 'hash' in manifest ? manifest : undefined,
        edits,
        refused,
        views: views.map((view) => ({ ...view, rows: rowsOf.get(view.id) ?? [] })),
      }
    })
  }

  async loadEdits(): Promise<KeptEdits | undefined> {
    return this.#withDatabase(async (database) => {
      const txn = database.transaction(['client', 'edits', 'refused'])
      const [client, edits, refused] = await Promise.all([
        txn.objectStore('client').get('client'),
        txn.objectStore('edits').getAll(),
        txn.objectStore('refused').getAll(),
        txn.done,
      ])
      return client && 'clientId' in client ? { client, edits, refused } : undefined
    })
  }

  async write(batch: Batch): Promise<void> {
    await this.#withDatabase((database) => this.#write(database, batch))
    this.#client = batch.client?.clientId ?? this.#client
  }

  close(): void {
    const opening = this.#database
    this.#isClosed = true
    this.#database = undefined
    opening?.then(
      (database) => database.close(),
      () => {},
    )
  }

  async #write(database: Database, batch: Batch): Promise<void> {
    const { durability, anew, manifest, edits, refused, views, rows = [] } = batch
    const txn = database.transaction(TABLES, 'readwrite', { durability })
    const table = {
      client: txn.objectStore('client'),
      edits: txn.objectStore('edits'),
      refused: txn.objectStore('refused'),
      views: txn.objectStore('views'),
      rows: txn.objectStore('rows'),
    }
    const done = txn.done
    const asked: Promise<unknown>[] = []
    try {
      const there = await table.client.get('client')
      const before = !anew && there && 'clientId' in there ? there : undefined
      const next = nextClient(this.#client, batch, before)
      if (anew) asked.push(...TABLES.map((name) => table[name].clear()))
      if (next) asked.push(table.client.put(next, 'client'))
      if (manifest) asked.push(table.client.put(manifest, 'manifest'))
      asked.push(
        ...(edits?.drop ?? []).map((n) => table.edits.delete(n)),
        ...(edits?.add ?? []).map((edit) => table.edits.add(edit, edit.edit.n)),
        ...(edits?.put ?? []).map((edit) => table.edits.put(edit, edit.edit.n)),
        ...(refused?.drop ?? []).map((id) => table.refused.delete(id)),
        ...(refused?.put ?? []).map((refusal) => table.refused.put(refusal, refusal.id)),
        ...(views?.drop ?? []).flatMap((id) => [table.views.delete(id), table.rows.delete(rowsOf(id))]),
        ...(views?.put ?? []).map((view) => table.views.put(view, view.id)),
        ...rows.flatMap((some) => writeRows(table.rows, some)),
      )
      await Promise.all([...asked, done])
    } catch (thrown) {
      // Nothing of it is to stay, and nobody hears of what else fails with it.
      for (const request of asked) request.catch(() => {})
      abort(txn)
      // Of requests that fail with their transaction, that says why.
      const cause: unknown = await done.then(
        () => thrown,
        (failed: unknown) => failed,
      )
      throw thrown instanceof DOMException && thrown.name === 'AbortError' ? cause : thrown
    }
  }

  /** A handle that the browser has closed is opened again, once for what was asked. */
  async #withDatabase<Result>(run: (database: Database) => Promise<Result>): Promise<Result> {
    const opening = this.opened()
    try {
      return await run(await opening)
    } catch (thrown) {
      if (!isClosedHandle(thrown)) throw toFault(thrown)
      this.#forget(opening)
      try {
        return await run(await this.opened())
      } catch (again) {
        throw toFault(again)
      }
    }
  }

  #forget(opening: Promise<Database>): void {
    if (this.#database === opening) this.#database = undefined
  }

  #open(): Promise<Database> {
    return new Promise((resolve, reject) => {
      // Whoever has an older form open is asked to close it, and has so long.
      let late: ReturnType<typeof setTimeout> | undefined
      let isLate = false
      const opening: Promise<Database> = openDB<Tables>(this.#name, this.#version, {
        upgrade: (database) => {
          for (const name of TABLES)
            if (!database.objectStoreNames.contains(name)) database.createObjectStore(name)
        },
        blocked: () => {
          late = setTimeout(() => {
            isLate = true
            reject(new DiskFault('unavailable', 'An older page keeps the store open.'))
          }, UPGRADE_MS)
        },
        // Deleted, or needed in a newer form.
        blocking: (_, needed) => {
          opening.then((database) => database.close(), reject)
          this.#forget(this.#database ?? opening)
          if (needed !== null) this.#heard('superseded')
        },
        terminated: () => this.#forget(this.#database ?? opening),
      })
      opening
        .then((database) => {
          // Nobody waits for it any more.
          if (isLate) database.close()
          resolve(database)
        }, reject)
        .finally(() => clearTimeout(late))
    })
  }
}

/** One that has ended by itself cannot be aborted any more. */
function abort(txn: { abort(): void }): void {
  try {
    txn.abort()
  } catch {
    return
  }
}

function rowsOf(view: number): IDBKeyRange {
  return IDBKeyRange.bound([view], [view, []])
}

type RowTable = {
  delete(key: IDBKeyRange | [number, string]): Promise<unknown>
  put(row: Row, key: [number, string]): Promise<unknown>
}

function writeRows(table: RowTable, { view, anew, put, drop }: RowsOf): Promise<unknown>[] {
  return [
    ...(anew ? [table.delete(rowsOf(view))] : []),
    ...put.map((row) => table.put(row, [view, String(row['id'])])),
    ...drop.map((id) => table.delete([view, id])),
  ]
}

/** The browser closes handles of pages that it puts to sleep, and when it clears what an origin has. */
function isClosedHandle(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'InvalidStateError'
}

function toFault(thrown: unknown): DiskFault {
  if (thrown instanceof DiskFault) return thrown
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (name === 'QuotaExceededError') return new DiskFault('quota', message)
  return new DiskFault(name === 'ConstraintError' ? 'taken' : 'unavailable', message)
}
