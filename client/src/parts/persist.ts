import type { WireError } from '../../../src/protocol/errors.ts'
import type { EditHandle } from '../api/edit-handle.ts'
import type { Guard } from '../api/guard.ts'
import type { PersistenceState, PersistMembers } from '../api/persistence.ts'
import type { Composer } from '../edits/composer.ts'
import type { Environment } from '../environment/environment.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import type { People } from '../queue/people.ts'
import type { Memory } from '../replica/memory.ts'
import type { Replica } from '../replica/replica.ts'
import type { Sharing } from './share.ts'

/** The client, as what keeps it on disk takes it. */
export type PersistPort = {
  readonly environment: Environment
  readonly guard: Guard
  /** Where the client connects, and the tenant as the application names it. */
  readonly address: string
  readonly tenant: string
  readonly people: People
  readonly replica: Replica
  /** The other pages of the browser, where the application shares its connection with them. */
  readonly sharing: Sharing | undefined
  readonly edit: (compose: (composer: Composer) => void) => EditHandle
  /** Are the rows those of the server? */
  readonly isLive: () => boolean
  /** Is there no connection, nor one under way? */
  readonly isOffline: () => boolean
  /** Edits may go up that could not before. */
  readonly sendable: () => void
  /** Rows, edits or the state of the disk are others. */
  readonly changed: () => void
  /** What the server was told is not so any more: it has to be told anew. */
  readonly reconnect: () => void
  /** A newer version of the page needs the disk: this one connects no more, and says why. */
  readonly supersede: (error: WireError) => void
  /** Ends the client for good. */
  readonly close: () => void
}

/** A client's disk, as the client takes it. */
export type Persistence = {
  readonly state: PersistenceState
  readonly members: PersistMembers
  /** Does something once it is known what the disk has of whoever uses the page. Returns how to leave it. */
  readonly whenKnown: (run: () => void) => void
  /** What waited for the disk is not to be done any more. */
  readonly forget: () => void
  /** The code is there that own edits are shown by. */
  readonly equipped: () => void
  /** An edit is new, or its progress changed. */
  readonly editChanged: (entry: PendingEdit) => void
  /** The server has let the client in, with a token that ends at so many milliseconds since 1970. */
  readonly welcomed: (tokenEndsAt: number) => void
  /** Something may have changed that the disk should know. */
  readonly told: () => void
  /** Why no more edits can be taken for now, if so. */
  readonly whyFull: (bytes: number) => WireError | undefined
  /** The client is about to end for good. */
  readonly closed: (why: WireError) => void
}

/** Keeps a client on disk. What makes one is given to `createClient` as `persist`. */
export type Persist = {
  readonly join: (port: PersistPort) => Persistence
  /** What is kept, which is there from the start. */
  readonly memory: Memory
}
