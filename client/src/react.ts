import { useEffect, useMemo } from 'react'
import type { HistorySnapshot, RecordHistory } from './api/history.ts'
import type { Observable } from './api/observable.ts'
import type { Peer } from './api/presence.ts'
import type { Connection, ConnectionSnapshot } from './api/types.ts'
import { useQuery } from './react/use-query.ts'

export { createTidemark } from './react/context.ts'
export { type EditState, useEdit } from './react/use-edit.ts'
export { type Disabled, useQuery, useSuspenseQuery } from './react/use-query.ts'
export { useMark, useUnsavedGuard } from './react/use-unsaved-guard.ts'

/**
 * Renders a record's past, and stays subscribed while the component is mounted.
 *
 * @example const { items, older } = useHistory(db.cards.history(id))
 */
export function useHistory<Row extends object>(history: RecordHistory<Row>): HistorySnapshot<Row> {
  return useQuery(history)
}

/**
 * Renders the conflicts that are open, or those of one collection, record or field.
 *
 * @example const { items } = useConflicts(db, { collection: 'cards', record: id })
 */
export function useConflicts<About, Snapshot>(db: Conflicted<About, Snapshot>, about?: About): Snapshot {
  return useQuery(db.conflicts.open(about))
}

type Conflicted<About, Snapshot> = {
  readonly conflicts: { open(about?: About): Observable<Snapshot> }
}

/**
 * Renders the notifications of whoever is signed in.
 *
 * @example const { items, unseen } = useNotifications(db)
 */
export function useNotifications<Snapshot>(db: { readonly notifications: Observable<Snapshot> }): Snapshot {
  return useQuery(db.notifications)
}

/** Renders the state of a client's connection. */
export function useConnection({ connection }: { readonly connection: Connection }): ConnectionSnapshot {
  return useQuery({ ...connection, getServerSnapshot: () => RENDERED })
}

/** What a server renders: nothing of it is connected. */
const RENDERED: ConnectionSnapshot = Object.freeze({ state: 'connecting', pending: 0 })

/**
 * Renders the other people in a place: a record, a collection, or a name that the application makes up.
 *
 * @example const peers = usePeers(db, { collection: 'cards', id })
 */
export function usePeers<Followed>(db: Following<Followed>, followed: Followed): readonly Peer[] {
  const key = JSON.stringify(followed)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a place is the same where its text is
  return useQuery(useMemo(() => db.presence.of(followed), [db, key]))
}

/**
 * Is in a place while the component is mounted, and nowhere for undefined.
 *
 * @example usePresence(db, { collection: 'cards', id })
 */
export function usePresence<Place>(db: Entering<Place>, place: Place | undefined): void {
  const key = JSON.stringify(place)
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => (place === undefined ? undefined : db.presence.enter(place).leave), [db, key])
}

type Following<Followed> = { readonly presence: { of(followed: Followed): Observable<readonly Peer[]> } }
type Entering<Place> = { readonly presence: { enter(place: Place): { leave(): void } } }
