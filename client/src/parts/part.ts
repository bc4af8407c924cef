import type { WireError } from '../../../src/protocol/errors.ts'
import type { Followed, Place } from '../../../src/protocol/presence.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { Conflicts } from '../api/conflicts.ts'
import type { EditHandle, EditOptions } from '../api/edit-handle.ts'
import type { Guard } from '../api/guard.ts'
import type { HistorySnapshot, PastPlace, Undoable } from '../api/history.ts'
import type { ClientMetrics } from '../api/metrics.ts'
import type { Notifications } from '../api/notifications.ts'
import type { Observable } from '../api/observable.ts'
import type { OwnPlace, Peer } from '../api/presence.ts'
import type { SessionPart } from '../api/session-part.ts'
import type { TextRules } from '../api/text-rules.ts'
import type { RowSync } from '../api/types.ts'
import type { Composer } from '../edits/composer.ts'
import type { Environment } from '../environment/environment.ts'
import type { Query } from '../queries/shared-query.ts'
import type { ShownRow } from '../replica/shown-row.ts'

/** The client, as its parts take it. */
export type PartPort = {
  readonly environment: Environment
  readonly guard: Guard
  /** Where the client connects, as a socket is given it. */
  readonly address: string
  readonly query: (query: WireQuery, priority: Priority) => Query
  readonly get: (collection: string, id: string) => ShownRow | undefined
  /** How own edits of a record stand. */
  readonly sync: (collection: string, id: string) => RowSync
  readonly edit: (compose: (composer: Composer) => void, options?: EditOptions) => EditHandle
  /** Whoever is signed in, as the server names them; no name before its first word. */
  readonly person: () => { readonly name: string | undefined; readonly clientId: string }
  /** The token of the connection while it is live. */
  readonly token: () => string | undefined
  /** Set once the client has ended for good. */
  readonly ended: () => WireError | undefined
  /** There is something to send. */
  readonly changed: () => void
  /** Texts can be changed character by character, from now on. */
  readonly equipTexts: (rules: TextRules) => void
}

/** The members that parts give a client, by the parts' names. */
export type PartMembers = {
  readonly conflicts: Conflicts
  readonly notifications: Notifications
  readonly metrics: ClientMetrics
  readonly presence: {
    enter(place: Place): OwnPlace<Place>
    of(followed: Followed): Observable<readonly Peer[]>
  }
  readonly history: {
    history(collection: string, id: string): Observable<HistorySnapshot<object>> & { more(): void }
    asOf(
      collection: string,
      id: string,
      place: PastPlace,
    ): Promise<{ ok: true; row: Row | null } | { ok: false; error: WireError }>
    restore(collection: string, id: string, options?: EditOptions): EditHandle
    undo(item: Undoable, options?: EditOptions): EditHandle
  }
}

export type PartName = keyof PartMembers

/** A part that has joined a client. */
export type Joined = {
  readonly members?: Partial<PartMembers>
  readonly session?: SessionPart
  /** Does the server count on a sign of life every few seconds? */
  readonly signs?: () => boolean
  /** Something has happened to the client. */
  readonly told?: () => void
  /** The client has ended for good. */
  readonly closed?: () => void
}

/** A part of the client, which a bundle has only where an application names it. */
export type Part = {
  readonly name: string
  readonly join: (port: PartPort) => Joined
}
