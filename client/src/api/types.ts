import type { Where } from '../../../src/core/query/where.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { TextOp } from '../../../src/protocol/text-op.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import type { ReadText } from '../../../src/protocol/up/read-text.ts'
import type { Environment } from '../environment/environment.ts'
import type { AppTypes, CollectionsOf, CollectionTypes } from './app-types.ts'
import type { Conflicts } from './conflicts.ts'
import type { ConflictAbout, ConflictOf } from './conflicts-of.ts'
import type { Connection } from './connection.ts'
import type { EditHandle, EditOptions } from './edit-handle.ts'
import type { AsOfResult, PastPlace, RecordHistory, Undoable } from './history.ts'
import type { Invalidation, InvalidationOptions } from './invalidation.ts'
import type { ClientMetrics } from './metrics.ts'
import type { DeclaredKinds, ItemOf, Notifications } from './notifications.ts'
import type { Observable } from './observable.ts'
import type { Refused, SignOut } from './persistence.ts'
import type { PreloadPort } from './preload-port.ts'
import type { PresenceApi } from './presence.ts'
import type { SessionPart } from './session-part.ts'
import type { TextRules } from './text-rules.ts'

export type { Connection, ConnectionSnapshot } from './connection.ts'
export type { EditHandle, EditOptions, EditResult } from './edit-handle.ts'
export type { AppTypes, CollectionTypes }

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

type SetColumns<Types extends CollectionTypes> = Types extends { readonly sets: infer Sets } ? Sets : never

/** A set in a draft: its items, and what can be done to them. It travels as a difference. */
export type SetDraft = readonly string[] & {
  add(item: string): void
  delete(item: string): void
  /** Makes it these items: the difference to those that are shown. */
  replace(items: readonly string[]): void
}

/**
 * The copy of a record that an update's function changes: writable columns may be assigned, sets be added to and
 * deleted from, the others only read.
 */
export type RowDraft<Types extends CollectionTypes> = {
  -readonly [Column in Exclude<WritableColumns<Types>, SetColumns<Types>>]: Types['row'][Column]
} & {
  readonly [Column in Extract<WritableColumns<Types>, SetColumns<Types>>]: SetDraft
} & {
  readonly [Column in Exclude<keyof Types['row'], WritableColumns<Types>>]: Types['row'][Column]
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

/** A query that stays current while somebody listens, and for five seconds after, so that whoever comes back waits for nothing. */
export type LiveQuery<Row extends object> = Observable<QuerySnapshot<Row>> &
  AsyncIterable<QuerySnapshot<Row>> & {
    /** Names what it asks for, and of which tenant: equal for queries that share one subscription. */
    readonly key: string
    /**
     * Its rows, once they are loaded. Rejects with a `QueryError`, which has the code, where the query is refused or the
     * connection has ended for good; without a network it waits, until `signal` says otherwise.
     *
     * @example const { rows } = await db.cards.where({ status: 'open' }).once({ signal: AbortSignal.timeout(5_000) })
     */
    once(options?: { readonly signal?: AbortSignal }): Promise<QuerySnapshot<Row>>
    /** As a server has rendered it: what was hydrated, whatever has happened since. */
    getServerSnapshot(): QuerySnapshot<Row>
    /** What is asked, as it travels: for keys of caches. */
    toJSON(): WireQuery
  }

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
   * Changes a record. Assignments to counters travel as differences, so concurrent ones add up; so do sets, which
   * have `add`, `delete` and `replace`.
   *
   * @example db.cards.update(id, (card) => { card.reactions += 1 })
   */
  update(id: string, change: (draft: RowDraft<Types>) => void, options?: EditOptions): EditHandle
  /**
   * Inserts a record, or where one has the id already gives it these values, as an update would. So whichever of
   * several devices comes first makes the record. A counter cannot be given to one that is there.
   */
  upsert(values: Types['insert'] & { readonly id: string }, options?: EditOptions): EditHandle
  delete(id: string, options?: EditOptions): EditHandle
  /**
   * Brings a deleted record back as it was when it was deleted, also what its author may not see of it. What was
   * inserted then is judged as an insert now; no effect follows again. With the part `history()`.
   */
  restore(id: string, options?: EditOptions): EditHandle
  /** The record's past, live: who changed what from what to what, and when. With the part `history()`. */
  history(id: string): RecordHistory<Types['row']>
  /** The record as it was once a place of the history was reached. It never rejects. With the part `history()`. */
  asOf(id: string, place: PastPlace): Promise<AsOfResult<Types['row']>>
}

/** One collection inside a transaction. */
export type TransactionCollection<Types extends CollectionTypes> = {
  /** The record as it stands inside the transaction. */
  get(id: string): Readonly<Types['row']> | undefined
  /** Returns the new record's id. */
  insert(values: Types['insert']): string
  upsert(values: Types['insert'] & { readonly id: string }): void
  update(id: string, change: (draft: RowDraft<Types>) => void): void
  delete(id: string): void
}

/** The collections inside a transaction; what is done to them becomes one edit. */
export type Transaction<App extends AppTypes> = {
  readonly [Name in keyof CollectionsOf<App>]: TransactionCollection<CollectionsOf<App>[Name]>
}

/** A request for a token, and its reason. */
export type TokenRequest = {
  /** `connect`: a new socket. `refused`: the last token was not taken. `expiring`: it ends soon. */
  readonly reason: 'connect' | 'refused' | 'expiring'
  /** Aborted when the answer would come too late. */
  readonly signal: AbortSignal
}

/** A fresh token, or null when nobody is signed in. */
export type GetToken = (request: TokenRequest) => Promise<string | null> | string | null

/** A text by its record and column. */
export type TextPlace = Pick<ReadText, 'collection' | 'record' | 'column'>

/** The client as `@tidemark/client/text` needs it: what edits a text is loaded only where one is edited. */
export type TextPort = {
  /** The record, with the text alone, live. */
  row(place: TextPlace): Observable<QuerySnapshot<Readonly<Record<string, unknown>>>>
  /** Speaks with the server over this client's session, from now on. */
  join(part: SessionPart): void
  /** There is something to send. */
  changed(): void
  /** Texts can be changed character by character, from now on. */
  equipTexts(rules: TextRules): void
  /** Makes an edit of a change of a text, which is `whole` then; without `made` it is one of the plain text. */
  edit(place: TextPlace, change: TextOp, whole: string): EditHandle
  readonly environment: Pick<Environment, 'soon' | 'setTimer' | 'random'>
  /** Runs listeners, so that what one throws keeps nothing from the others. */
  guard(work: () => void): void
}

/** The core of a client, besides its collections. Collections cannot have these names. */
export type ClientCore<App extends AppTypes> = {
  readonly connection: Connection
  /** Several changes as one edit: all of them take effect, or none. */
  transaction(run: (tx: Transaction<App>) => void, options?: EditOptions): EditHandle
  /** Takes a whole edit of the past back by another edit, as `undo` of its item. With the part `history()`. */
  undo(item: Undoable, options?: EditOptions): EditHandle
  /** What the person is told, of an application that has notifications. With the part `notifications()`. */
  readonly notifications: Notifications<ItemOf<DeclaredKinds<App>>>
  /** What the client measures of its connection: delivery, latencies, recovery. With the part `metrics()`. */
  readonly metrics: ClientMetrics
  /** Hears errors that belong to no edit and no query. Returns how to stop. */
  onError(listener: (error: WireError) => void): () => void
  /**
   * Hears which cache tags changes have touched, also those of a time without connection. `*` alone among
   * the tags stands for all there are; it comes within five seconds, at a moment of each client's own, because it
   * befalls all of them at once. Returns how to stop.
   *
   * @param pattern a tag, or the beginning of tags and a star
   * @example db.onInvalidate('cards_*', ({ tags }) => tags.forEach(refetch), { at: 'committed' })
   */
  onInvalidate(
    pattern: string,
    listener: (invalidation: Invalidation) => void,
    options?: InvalidationOptions,
  ): () => void
  /** Who is where: oneself and others. With the part `presence()`. */
  readonly presence: PresenceApi<App>
  /** What lost unseen, of one's own or to oneself, with a way back. With the part `conflicts()`. */
  readonly conflicts: Conflicts<ConflictOf<App>, ConflictAbout<App>>
  /** The edits that were refused, with what was written, also after a reload. With `persist`. */
  readonly refused: Refused
  /**
   * Signs the person out of this device: ends the client and deletes what the disk has. While edits are unsent it
   * deletes nothing and asks. With `persist`.
   */
  signOut(): Promise<SignOut>
  /** For `preload` and `hydrate` of `@tidemark/client/ssr`. */
  readonly preloads: PreloadPort
  /** For `openText` of `@tidemark/client/text`. */
  readonly texts: TextPort
  /** Ends the connection. Edits without an outcome resolve with `client-closed`. */
  close(): void
}

/** A client of one tenant: the application's collections, and the core. */
export type Client<App extends AppTypes> = ClientCore<App> & {
  readonly [Name in Exclude<keyof CollectionsOf<App>, keyof ClientCore<App>>]: CollectionClient<
    CollectionsOf<App>[Name]
  >
}
