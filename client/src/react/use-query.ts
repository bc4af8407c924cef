import { useSyncExternalStore } from 'react'
import type { Observable } from '../api/observable.ts'
import type { QuerySnapshot } from '../api/types.ts'
import { QueryError } from '../queries/once.ts'

/** Something observable, with what a server has rendered of it, if it has. */
export type Rendered<Snapshot> = Observable<Snapshot> & { getServerSnapshot?(): Snapshot }

/** The snapshot of a query that is not asked. */
export type Disabled = {
  readonly rows: readonly never[]
  readonly status: 'disabled'
  readonly changes: readonly never[]
}

/** What `condition && query` is where the condition does not hold. */
type Falsy = false | null | undefined | 0 | ''

const DISABLED: Disabled = Object.freeze({
  rows: Object.freeze([]),
  status: 'disabled',
  changes: Object.freeze([]),
})

const NOTHING: Rendered<Disabled> = { subscribe: () => () => {}, getSnapshot: () => DISABLED }

/** What suspended components wait for, by the snapshot of their query: one promise for all of them. */
const waiting = new WeakMap<object, Promise<void>>()

/**
 * Renders a live query, and stays subscribed while the component is mounted. What is false instead is asked for
 * nothing, and its status is `disabled`.
 *
 * @example const { rows, status } = useQuery(id !== undefined && db.cards.where({ id }))
 */
export function useQuery<Snapshot>(query: Rendered<Snapshot>): Snapshot
export function useQuery<Snapshot>(query: Rendered<Snapshot> | Falsy): Snapshot | Disabled
export function useQuery<Snapshot>(query: Rendered<Snapshot> | Falsy): Snapshot | Disabled {
  const {
    subscribe,
    getSnapshot,
    getServerSnapshot = getSnapshot,
  }: Rendered<Snapshot | Disabled> = query || NOTHING
  return useSyncExternalStore<Snapshot | Disabled>(subscribe, getSnapshot, getServerSnapshot)
}

/**
 * Renders a live query that is loaded: until then the component suspends, and a refusal is thrown as a `QueryError` to
 * the nearest error boundary. The query goes on while it is waited for, and for a moment after.
 *
 * @example const { rows } = useSuspenseQuery(db.cards.all())
 */
export function useSuspenseQuery<Row extends object>(
  query: Rendered<QuerySnapshot<Row>>,
): QuerySnapshot<Row> {
  const snapshot = useQuery(query)
  if (snapshot.error) throw new QueryError(snapshot.error)
  if (snapshot.status === 'ready') return snapshot
  throw loaded(query)
}

function loaded<Row extends object>({
  subscribe,
  getSnapshot,
}: Observable<QuerySnapshot<Row>>): Promise<void> {
  // On a server nothing would ever come; React leaves the boundary to the browser then.
  if (typeof document === 'undefined')
    throw new Error('A server renders what was preloaded; this query was not.')
  const known = waiting.get(getSnapshot)
  if (known) return known
  const promise = new Promise<void>((resolve) => {
    const look = () => {
      if (getSnapshot().status === 'loading') return
      waiting.delete(getSnapshot)
      resolve()
      stop()
    }
    const stop = subscribe(look)
  })
  waiting.set(getSnapshot, promise)
  return promise
}
