import type { Where } from '../../../src/core/query/where.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { Priority } from '../../../src/protocol/up/subscribe.ts'

import type { Observable } from './observable.ts'

/** The types of a collection: what it holds and what an insert into it takes. */
export type CollectionTypes = { readonly row: object; readonly insert: object }

/** The part of an application's definition that the client reads: types only, taken by `import type`. */
export type AppTypes = { readonly types?: Readonly<Record<string, CollectionTypes>> }

/** An application's collections by name. */
export type CollectionsOf<App extends AppTypes> = NonNullable<App['types']>

/** The state of the own edits of a record. */
export type RowSync = {
  /** An own edit waits for the server to accept it. */
  readonly pending: boolean
  /** An own edit is accepted, and not yet known to be in Postgres. */
  readonly committing: boolean
  /** Why the last own edit of this record had no effect, until the next one. */
  readonly error?: WireError
}

/**
 * A record as a query shows it, own unfinished edits included. `$sync` is not enumerable: it is in
 * no JSON and no spread. A record that did not change is the same object as before.
 */
export type LiveRow<Row extends object> = Readonly<Row> & { readonly $sync: RowSync }

/** The columns a caller may write. Those that only effects write are missing from an insert's type. */
type WritableColumns<Types extends CollectionTypes> = Exclude<
  keyof Types['row'] & keyof Types['insert'],
  'id'
>

/** The copy of a record that an update's function changes: writable columns may be assigned, the others only read. */
export type RowDraft<Types extends CollectionTypes> = {
  -readonly [Column in WritableColumns<Types>]: Types['row'][Column]
} & {
  readonly [Column in Exclude<keyof Types['row'], WritableColumns<Types>>]: Types['row'][Column]
}

/** The outcome of an edit, or of a step towards it. Errors carry a stable code and a sentence. */
export type EditResult =
  | { readonly ok: true; readonly seq: number }
  | { readonly ok: false; readonly error: WireError }

/** An edit under way. Its promises resolve, whatever happens; they never reject. */
export type EditHandle = {
  /** The edit's number at this client; undefined when there was nothing to send. */
  readonly n: number | undefined
  /** Ordered and durable at the edge. */
  readonly accepted: Promise<EditResult>
  /** In Postgres. */
  readonly committed: Promise<EditResult>
}

/** Options of an edit: how it is made durable. */
export type EditOptions = {
  /**
   * Postgres first: nobody sees the edit, its author included, before Postgres has it; then it is
   * accepted and committed at once. Later edits of this client wait behind it.
   */
  readonly durability: 'committed'
  /** Milliseconds, from 1 to a week, after which it is refused if Postgres does not have it. Default: never. */
  readonly deadlineMs?: number
}

/** An insert under way, with the id of the new record. */
export type InsertHandle = EditHandle & { readonly id: string }

/** A change of one row of a query. */
export type RowEvent<Row extends object> =
  | { readonly type: 'insert'; readonly row: LiveRow<Row> }
  | { readonly type: 'update'; readonly old: LiveRow<Row>; readonly row: LiveRow<Row> }
  | { readonly type: 'delete'; readonly old: LiveRow<Row> }

/** A record that the database holds and nobody can be shown, such as one with a number that is too large. */
export type AsideRecord = {
  readonly id: string
  /** A sentence that says what is wrong with it. It comes back by itself once that is mended in the database. */
  readonly reason: string
}

/** The state of a live query. */
export type QuerySnapshot<Row extends object> = {
  /** In the query's order, and by id where that says nothing. */
  readonly rows: readonly LiveRow<Row>[]
  /** `loading` may still show rows: those held from before, until the new ones replace them. */
  readonly status: 'loading' | 'ready' | 'error'
  readonly error?: WireError
  /** Set while the query gives way to others of higher priority. It comes back by itself. */
  readonly evicted?: true
  /** Records of the collection that are set aside, whatever the query's conditions. Absent when there are none. */
  readonly aside?: readonly AsideRecord[]
  /** While rows are on their way: `loading` from Postgres into the server, or `receiving` from there. In rows. */
  readonly progress?: {
    readonly stage: 'loading' | 'receiving'
    readonly done: number
    readonly total: number
  }
  /** What is different from what listeners were told before. */
  readonly changes: readonly RowEvent<Row>[]
}

/** A query that stays current while somebody listens. */
export type LiveQuery<Row extends object> = Observable<QuerySnapshot<Row>> & AsyncIterable<QuerySnapshot<Row>>

/**
 * A live query that can be asked more precisely. Each step returns another query; whoever asks the same
 * shares one subscription, so a query may be built anew for every render.
 *
 * @example db.cards.where({ status: 'open', dueOn: { lt: today } }).orderBy('dueOn').limit(50)
 */
export type QueryBuilder<Row extends object, Shown extends object = Row> = LiveQuery<Shown> & {
  /** Only records that meet these conditions as well. */
  where(conditions: Where<Row>): QueryBuilder<Row, Shown>
  /** Sorts, after what it is sorted by already. Null comes first; what is equal is sorted by id. */
  orderBy(column: keyof Row & string, direction?: 'asc' | 'desc'): QueryBuilder<Row, Shown>
  /** At most so many records, from 1 to 1,000: the first in the order. */
  limit(count: number): QueryBuilder<Row, Shown>
  /** Only what comes after a place in the order: the sorted columns' values of its record, then its id. */
  after(place: readonly (string | number | boolean | null)[]): QueryBuilder<Row, Shown>
  /** Only these columns, with the id. */
  select<Column extends keyof Row & string>(
    ...columns: Column[]
  ): QueryBuilder<Row, Pick<Row, Column | (keyof Row & 'id')>>
  /** When there is no room for all, a lower priority gives way. `medium` unless said otherwise. */
  priority(priority: Priority): QueryBuilder<Row, Shown>
}

/** One collection of the application. */
export type CollectionClient<Types extends CollectionTypes> = {
  /** The whole collection, live. */
  all(): QueryBuilder<Types['row']>
  /** The records that meet conditions, live. */
  where(conditions: Where<Types['row']>): QueryBuilder<Types['row']>
  /** The record as it stands with own edits, if a live query holds it. */
  get(id: string): LiveRow<Types['row']> | undefined
  /** Inserts a record; an id is made up where none is given. */
  insert(values: Types['insert'], options?: EditOptions): InsertHandle
  /**
   * Changes a record. Assignments to counters travel as differences, so concurrent ones add up.
   *
   * @example db.cards.update(id, (card) => { card.reactions += 1 })
   */
  update(id: string, change: (draft: RowDraft<Types>) => void, options?: EditOptions): EditHandle
  delete(id: string, options?: EditOptions): EditHandle
}

/** One collection inside a transaction. */
export type TransactionCollection<Types extends CollectionTypes> = {
  /** The record as it stands inside the transaction. */
  get(id: string): Readonly<Types['row']> | undefined
  /** Returns the new record's id. */
  insert(values: Types['insert']): string
  update(id: string, change: (draft: RowDraft<Types>) => void): void
  delete(id: string): void
}

/** The collections inside a transaction; what is done to them becomes one edit. */
export type Transaction<App extends AppTypes> = {
  readonly [Name in keyof CollectionsOf<App>]: TransactionCollection<CollectionsOf<App>[Name]>
}

/** The connection as a person would be told about it. */
export type ConnectionSnapshot = {
  readonly state:
    | 'offline'
    | 'connecting'
    | 'catching-up'
    | 'live'
    | 'needs-auth'
    | 'update-required'
    | 'closed'
  /** Own edits that are not known to be in Postgres yet. */
  readonly pending: number
  /**
   * Set while the server's way to Postgres is disturbed: edits of the tenant are accepted, and `waiting` of them
   * are not in Postgres yet. `postgres-away`: it does not answer. `parked`: somebody has to mend its schema.
   */
  readonly delayed?: {
    readonly cause: 'postgres-away' | 'parked'
    /** In milliseconds since 1970, by the server's clock. */
    readonly since: number
    readonly waiting: number
  }
  /**
   * Edits that somebody else made in this page before, and that no server has answered. They go up when the page
   * has a token of theirs again.
   */
  readonly held?: number
  /** When the next attempt is made, in milliseconds since 1970. */
  readonly retryAt?: number
  /** The last measured round trip, in milliseconds. */
  readonly rttMs?: number
  /** When the server last said anything, in milliseconds since 1970. */
  readonly lastSyncedAt?: number
  /**
   * Why it is not live, or will not be for long: a code, and a sentence to show. `no-network`, `no-answer`,
   * `connection-lost` and `token-failed` pass by themselves; with `signed-out` a person has to sign in.
   */
  readonly cause?: WireError
}

/** The connection, observable, and what a person can do about it. */
export type Connection = Observable<ConnectionSnapshot> & {
  /** Connects again at once: after signing in, or when a person will not wait for `retryAt`. */
  retry(): void
}

/** A request for a token, and its reason. */
export type TokenRequest = {
  /** `connect`: a new socket. `refused`: the last token was not taken. `expiring`: it ends soon. */
  readonly reason: 'connect' | 'refused' | 'expiring'
  /** Aborted when the answer would come too late. */
  readonly signal: AbortSignal
}

export type ClientOptions = {
  /** Where Tidemark is served: an origin, or a path of the page's own origin such as `/`. */
  readonly url: string
  /** The tenant as the application knows it. It names local state only; the token says who may see what. */
  readonly tenant: string
  /**
   * A fresh token, or null when nobody is signed in. An error with a `status` of 401, as `SignedOut` has, says the
   * same; any other is tried again. The token of another person makes this another's client: rows are dropped,
   * and edits of the one before are held. What is edited before the server has seen such a token counts as
   * theirs, so a page makes a client of its own for each person who signs in.
   */
  readonly getToken: (request: TokenRequest) => Promise<string | null> | string | null
  /** This replica's name: 8 to 32 of A-Z a-z 0-9 _ -. Random when absent; never reuse one. */
  readonly clientId?: string
  /** Hears what the application's own listeners throw. Without it, it is an uncaught exception like any other. */
  readonly onError?: (thrown: unknown) => void
}

/** Tags that changes have touched, and the place in the tenant's order up to which they tell. */
export type Invalidation = { readonly tags: readonly string[]; readonly seq: number }

/** The core of a client, besides its collections. Collections cannot have these names. */
export type ClientCore<App extends AppTypes> = {
  readonly connection: Connection
  /** Several changes as one edit: all of them take effect, or none. */
  transaction(run: (tx: Transaction<App>) => void, options?: EditOptions): EditHandle
  /** Hears errors that belong to no edit and no query. Returns how to stop. */
  onError(listener: (error: WireError) => void): () => void
  /**
   * Hears which cache tags changes have touched, also those of a time without connection. `*` alone among
   * the tags stands for all there are. Returns how to stop.
   *
   * @param pattern a tag, or the beginning of tags and a star
   * @example db.onInvalidate('cards_*', ({ tags }) => tags.forEach(refetch))
   */
  onInvalidate(pattern: string, listener: (invalidation: Invalidation) => void): () => void
  /** Ends the connection. Edits without an outcome resolve with `client-closed`. */
  close(): void
}

/** A client of one tenant: the application's collections, and the core. */
export type Client<App extends AppTypes> = ClientCore<App> & {
  readonly [Name in Exclude<keyof CollectionsOf<App>, keyof ClientCore<App>>]: CollectionClient<
    CollectionsOf<App>[Name]
  >
}
