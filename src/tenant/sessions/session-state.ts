import type { Presence } from '../../protocol/presence.ts'

/** A subscription of a session. */
export type Subscription = {
  readonly id: number
  /** Number of its view. */
  readonly view: number
  /** Place in the list of priorities: the lowest gives way first. */
  readonly priority: number
  /** The seq at which this client was first given the view. */
  readonly since: number
  /**
   * Set while pages of its snapshot are still to be sent: the id they go on after, and the rows in all once counted.
   */
  readonly paging?: { readonly after: string; readonly total?: number } | undefined
}

/** The state of a session by what it has said so far; only a greeted one may do anything. */
export type SessionState =
  /** Has to say hello by then, in ms since 1970. */
  | { readonly is: 'connected'; readonly helloBy: number }
  | {
      readonly is: 'greeted'
      readonly client: string
      /**
       * Everything up to here has been sent; null until the first rows or snapshot. Moves in place, with each frame.
       */
      cursor: number | null
      readonly subscriptions: readonly Subscription[]
      /** Subscriptions that wait: for data from Postgres, or for the session to catch up. */
      readonly waiting: readonly Subscription[]
      /** Subscriptions that gave way to others and come back when there is room. */
      readonly evicted: readonly Subscription[]
      /** When the session stopped reading what it is sent, in ms since 1970; its cursor stays until it reads on. */
      readonly behindSince?: number | undefined
      /** The last place whose commit it waits for: of its edits, or of what touched its tags; 0 for none. */
      readonly awaiting: number
    }
  | { readonly is: 'closed' }

/** The state of a session that may do something. */
export type GreetedState = Extract<SessionState, { is: 'greeted' }>

/** The presence of a session: what it said last, and what it was told of others. Times are ms since 1970. */
export type SessionPresence = Presence & {
  readonly saidAt: number
  /** Since when it is to give signs of life; undefined while nobody sees it and it sees nobody. */
  readonly signsSince?: number | undefined
  /** The hash of what it was told. */
  readonly told?: string | undefined
}
