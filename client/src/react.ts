import { useSyncExternalStore } from 'react'
import type { Observable } from './api/observable.ts'
import type { Connection, ConnectionSnapshot } from './api/types.ts'

/**
 * Renders a live query, and stays subscribed while the component is mounted.
 *
 * @example const { rows, status } = useQuery(db.cards.all())
 */
export function useQuery<Snapshot>(query: Observable<Snapshot>): Snapshot {
  return useSyncExternalStore(query.subscribe, query.getSnapshot, query.getSnapshot)
}

/** Renders the state of a client's connection. */
export function useConnection(db: { readonly connection: Connection }): ConnectionSnapshot {
  return useQuery(db.connection)
}
