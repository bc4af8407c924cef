import type { SyncConfig } from '@tanstack/db'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { Observable } from '../api/observable.ts'
import type { QuerySnapshot } from '../api/types.ts'

type Live<Row extends object> = Observable<QuerySnapshot<Row>>
type Port<Row extends object> = Pick<
  Parameters<SyncConfig<Row, string>['sync']>[0],
  'begin' | 'write' | 'commit'
>

/** A query that is held: when its rows are in the collection, and how to let go of it. */
type Held = { readonly loaded: Promise<void>; readonly release: () => void }

/**
 * Holds queries for a collection of TanStack DB, which has the rows that any of them shows, each once.
 *
 * @returns how to hold one more
 */
export function holder<Row extends { readonly id: string }>({ begin, write, commit }: Port<Row>) {
  const held = new Set<() => readonly Row[]>()
  let written = new Map<string, Row>()

  /** Brings the collection up to what is shown. Gives the promise that it is, where that takes time. */
  const show = () => {
    const before = written
    const rows = new Map([...held].flatMap((shown) => shown().map((row) => [row.id, row])))
    const put = [...rows.values()].filter((row) => before.get(row.id) !== row)
    const gone = [...before.values()].filter(({ id }) => !rows.has(id))
    if (put.length + gone.length === 0) return
    written = rows
    begin()
    for (const value of put) write({ type: before.has(value.id) ? 'update' : 'insert', value })
    for (const value of gone) write({ type: 'delete', value })
    return commit()
  }

  return ({ subscribe, getSnapshot }: Live<Row>): Held => {
    const shown = () => getSnapshot().rows
    held.add(shown)
    let stop = () => {}
    const loaded = new Promise<void>((resolve, reject) => {
      const heard = () => {
        const receipt = show()
        const { status, error } = getSnapshot()
        if (error) reject(failure(error))
        else if (status === 'ready') resolve(receipt === true ? undefined : receipt)
      }
      stop = subscribe(heard)
      heard()
    })
    const release = () => {
      stop()
      if (held.delete(shown)) show()
    }
    return { loaded, release }
  }
}

/** An error of ours, as one that is thrown. */
export function failure(error: WireError): Error {
  return Object.assign(new Error(error.message), error)
}
