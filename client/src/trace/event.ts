import type { Edit } from '../../../src/protocol/edit.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { InvalidationOptions } from '../api/invalidation.ts'
import type { ConnectionSnapshot } from '../api/types.ts'

/** An error, without what it is about. Its code may be one of a newer server. */
export type TracedError = { readonly code: string; readonly message: string }

/** The connection as it was told, without times. */
export type TracedConnection = Pick<ConnectionSnapshot, 'state' | 'pending'> & {
  readonly cause?: TracedError
  readonly unsent?: number
  readonly held?: number
  readonly stalled?: string
  readonly delayed?: NonNullable<ConnectionSnapshot['delayed']>['cause']
  readonly persistence?: string
}

/** Surroundings of a client, as they are from now on. */
export type Surroundings = {
  readonly online: boolean
  readonly visible: boolean
  /** The server counts on a sign of life every few seconds. */
  readonly signs: boolean
}

/** Something from outside: nothing happens in a client without it. */
export type Input =
  /** The nth timer of so many milliseconds has run out. */
  | { readonly is: 'timer'; readonly ms: number; readonly nth: number }
  /** The nth turn is over that something was put off to the end of. */
  | { readonly is: 'turn'; readonly nth: number }
  | { readonly is: 'woke' | 'hidden' }
  | { readonly is: 'opened'; readonly socket: number; readonly subprotocol: string }
  | { readonly is: 'down'; readonly socket: number; readonly text: string; readonly size: number }
  | { readonly is: 'closed'; readonly socket: number; readonly code: number }
  /** The application gave a token; the same number is the same token. Null: nobody is signed in. */
  | { readonly is: 'token'; readonly ask: number; readonly token: number | null }
  | { readonly is: 'no-token'; readonly ask: number; readonly message: string; readonly status?: number }
  /** The code is there that is needed once the client has been let in, or could not be loaded. */
  | { readonly is: 'loaded'; readonly error?: string }

/** A call of the application. `nested`: made by one of its listeners, in the midst of something else. */
export type Call = { readonly nested?: true } & (
  | { readonly is: 'edit'; readonly edit: Edit }
  /** A query is built. That alone asks nothing of the server. */
  | {
      readonly is: 'ask'
      readonly ask: number
      readonly key: string
      readonly query: WireQuery
      readonly priority: Priority
    }
  /** Somebody listens to the query that was built by a number. */
  | {
      readonly is: 'subscribe'
      readonly listener: number
      readonly ask: number
      readonly key: string
      /** It goes on for a moment when it is left. */
      readonly lingers: boolean
    }
  | { readonly is: 'unsubscribe'; readonly listener: number }
  | {
      readonly is: 'watch'
      readonly listener: number
      readonly pattern: string
      readonly level: NonNullable<InvalidationOptions['at']>
    }
  | { readonly is: 'unwatch'; readonly listener: number }
  /** Rows that a server has rendered are shown. */
  | {
      readonly is: 'preload'
      readonly query: WireQuery
      readonly columns: readonly string[]
      readonly rows: readonly (readonly Value[])[]
    }
  /** Texts can be changed character by character, from now on. */
  | { readonly is: 'equip-texts' }
  | { readonly is: 'retry' | 'close' }
  /** A part of the client has something to send. */
  | { readonly is: 'send' }
)

/** The deeds of a client, which follow from all that was before. */
export type Output =
  | { readonly is: 'socket'; readonly socket: number }
  | { readonly is: 'up'; readonly socket: number; readonly text: string; readonly size: number }
  | { readonly is: 'hung-up'; readonly socket: number }
  | { readonly is: 'connection'; readonly connection: TracedConnection }
  | { readonly is: 'progress'; readonly n: number; readonly progress: string; readonly error?: TracedError }
  | {
      readonly is: 'shown'
      readonly listener: number
      readonly key: string
      readonly status: string
      readonly rows: number
    }
  | { readonly is: 'invalidated'; readonly listener: number; readonly tags: readonly string[] }
  | { readonly is: 'error'; readonly error: TracedError }

/** Chance, names and surroundings, as the client was given them on the way to the next event. */
export type Supply =
  | { readonly is: 'random'; readonly value: number }
  | { readonly is: 'id'; readonly id: string }
  | { readonly is: 'around'; readonly around: Surroundings }

/** Something for people to read, which changes nothing. */
export type Note =
  /** An edit was not made, and why. */
  | { readonly is: 'refused'; readonly error: TracedError }
  /** An edit is on disk. */
  | { readonly is: 'saved'; readonly n: number }
  /** All that is held is fetched again. */
  | { readonly is: 'resync' }

/** Something that happened to a client or that it did. */
export type TraceEvent = {
  /** In milliseconds since the client was made. */
  readonly at: number
} & (Input | Call | Output | Supply | Note)

const CALLS: readonly string[] = [
  'edit',
  'ask',
  'subscribe',
  'unsubscribe',
  'watch',
  'unwatch',
  'preload',
  'equip-texts',
  'retry',
  'close',
  'send',
] satisfies readonly Call['is'][]

/** Is it a call of the application? */
export function isCall(event: TraceEvent): event is Extract<TraceEvent, { is: Call['is'] }> {
  return CALLS.includes(event.is)
}

const SUPPLIES = ['random', 'id', 'around'] as const

/** Is it something that the client was given on its way? */
export function isSupply(event: TraceEvent): event is Extract<TraceEvent, { is: Supply['is'] }> {
  return SUPPLIES.some((is) => is === event.is)
}

const NOTES = ['refused', 'saved', 'resync'] as const

/** Is it for people alone? */
export function isNote(event: TraceEvent): event is Extract<TraceEvent, { is: Note['is'] }> {
  return NOTES.some((is) => is === event.is)
}
