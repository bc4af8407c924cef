import type { Revocation } from '../../core/access/revocation.ts'
import type { ClientState } from '../../core/edits/admit.ts'
import type { Turn } from '../../core/edits/turn.ts'
import type { LogEntry } from '../../core/log/log.ts'
import type { StoredRecord } from '../../core/records/record.ts'
import type { Version } from '../../core/records/version-vector.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Row, Value } from '../../protocol/value.ts'
import type { AsideRecord } from './aside-records.ts'
import { declareIndexes } from './declared-indexes.ts'
import type { HydrationMark } from './hydration-marks.ts'
import type { Facts } from './meta.ts'
import { pruneLog } from './retention.ts'
import type { Tables } from './tables.ts'

/** Facts that go with what is written here, and that nobody writes beside it. */
type OwnFact = 'tenant' | 'epoch' | 'committed' | 'floor' | 'pruned'

/** The facts that may be put by themselves. */
export type OpenFact = Exclude<keyof Facts, OwnFact>

/**
 * All that can be written, in one transaction of `Store`, of which it is the argument. After the end of that every
 * method throws, and nothing is written. What is read meanwhile, by the store, has what was written before.
 */
export class Txn {
  readonly #tables: Tables
  readonly #number: number

  constructor(tables: Tables) {
    this.#tables = tables
    this.#number = tables.database.number
  }

  get #open(): Tables {
    if (this.#number !== this.#tables.database.number)
      throw new Error('This transaction is over: write with the txn of the one that is open.')
    return this.#tables
  }

  /** Makes a new object the tenant's. */
  found(tenant: string, epoch: string): void {
    const { meta } = this.#open
    meta.put('tenant', tenant)
    meta.put('epoch', epoch)
  }

  /**
   * Leaves the log behind and begins another. Everything is to be loaded from Postgres again; what
   * Postgres may not have got is carried over.
   */
  beginEpoch(epoch: string): void {
    const { asides, carried, committed, corrections, hydration, log, meta, records } = this.#open
    carried.takeLog(corrections.all())
    for (const table of [log, records, corrections, hydration, asides]) table.clear()
    meta.beginLog(epoch)
    committed.reset()
  }

  /** Forgets everything, as if the object had never been used, but for the tokens that are revoked: they are still about. */
  wipe(): void {
    const { database: _, revoked: _kept, committed, ...tables } = this.#open
    for (const table of Object.values(tables)) table.clear()
    committed.reset()
  }

  /** Writes what a turn decided, which takes the place of what was. */
  write(turn: Turn): void {
    const { clientStates, committed, corrections, keptClients, log, meta, proposals, records } = this.#open
    records.putAll(turn.records.values(), meta.get('floor'))
    for (const state of turn.clientStates.values()) clientStates.put(state)
    for (const [client, subject] of turn.newcomers) keptClients.put(client, subject)
    proposals.write(turn.proposals)
    if (turn.entries.length > 0) {
      log.append(turn.entries, committed.seq)
      committed.wentAlong()
    }
    corrections.appended(turn.entries)
    for (const entry of turn.corrections.values()) corrections.put(entry)
  }

  /**
   * Moves the committed seq, and drops committed entries nobody is likely to need. A place before it is nothing new.
   *
   * @param now milliseconds since 1970
   */
  commit(upTo: number, now: number): void {
    const { committed, corrections, log, meta, records } = this.#open
    if (upTo <= committed.seq) return
    committed.move(upTo)
    const corrected = corrections.drop(upTo)
    const pruned = pruneLog(log, meta, { head: log.head, committed: upTo }, now)
    if (pruned !== undefined) {
      records.dropTombstones(pruned)
      meta.put('floor', pruned)
    }
    // What was dropped because of the mark could not be sent again.
    if (corrected || pruned !== undefined) committed.store()
  }

  /** Stores the committed seq, unless it is. */
  storeCommitted(): void {
    this.#open.committed.store()
  }

  putCursor(cursor: string): void {
    const { meta } = this.#open
    if (cursor !== meta.get('cursor')) meta.put('cursor', cursor)
  }

  /** Stores a fact; undefined drops it. */
  putFact<Key extends OpenFact>(key: Key, value: Facts[Key]): void {
    this.#open.meta.put(key, value)
  }

  /** A fact is as if it had never been stored. */
  dropFact(key: OpenFact): void {
    this.#open.meta.drop(key)
  }

  putClientState(state: ClientState): void {
    this.#open.clientStates.put(state)
  }

  putRecord(record: StoredRecord): void {
    const { meta, records } = this.#open
    records.putAll([record], meta.get('floor'))
  }

  /** Writes rows that nobody has edited here. */
  putRows(collection: string, rows: readonly Row[], birth: Version): void {
    this.#open.records.putRows(collection, rows, birth)
  }

  /** Removes a record, if there is one, without a tombstone: nobody was ever shown it. */
  dropRecord(collection: string, id: string): void {
    this.#open.records.drop(collection, id)
  }

  /** Takes columns out of every record of a collection, tombstones included. */
  dropColumns(collection: string, columns: readonly string[]): void {
    this.#open.records.dropColumns(collection, columns)
  }

  /** Gives a column a value in every record of a collection that has none. */
  fillColumn(collection: string, column: string, value: Value): void {
    this.#open.records.fillColumn(collection, column, value)
  }

  /** Forgets a collection: its records, and that it was ever loaded. */
  dropCollection(collection: string): void {
    const { asides, hydration, records } = this.#open
    records.dropCollection(collection)
    hydration.drop(collection)
    asides.dropCollection(collection)
  }

  /** Writes what waits for Postgres anew: the entries, and the corrections of them. */
  rewriteUnsent(rewrite: (entry: LogEntry) => LogEntry): void {
    const { committed, corrections, log } = this.#open
    log.rewrite(committed.seq, rewrite)
    corrections.rewrite(rewrite)
  }

  putHydration(mark: HydrationMark): void {
    this.#open.hydration.put(mark)
  }

  /** Sets a record aside, or writes anew how it is. */
  putAside(record: AsideRecord): void {
    this.#open.asides.put(record)
  }

  /** A record is set aside no more, if it was. */
  dropAside(collection: string, id: string): void {
    this.#open.asides.drop(collection, id)
  }

  /** Keeps of every earlier log only what `choose` says, as `Carried.keep`. */
  keepCarried(
    choose: (entries: readonly LogEntry[], reverted: ReadonlySet<number>) => readonly LogEntry[],
  ): void {
    this.#open.carried.keep(choose)
  }

  /** Removes and returns the next entries of earlier logs, as `Carried.take`. None where there is none. */
  takeCarried(limit: number): LogEntry[] {
    return this.#open.carried.take(limit)
  }

  /** Keeps a view; throws for a number that is taken. */
  putView(number: number, definition: string): void {
    this.#open.views.put(number, definition)
  }

  /** Takes revocations in, as `RevokedRows.put`. */
  putRevocations(revocations: readonly Revocation[], now: number, told: boolean): void {
    this.#open.revoked.put(revocations, now, told)
  }

  /** Postgres has been told of revocations. */
  toldRevocations(revocations: readonly Revocation[]): void {
    this.#open.revoked.told(revocations)
  }

  /** No token is revoked any more: there is nothing left that one could be for. */
  dropRevocations(): void {
    this.#open.revoked.clear()
  }

  /** Drops a view, if there is one. */
  dropView(number: number): void {
    this.#open.views.drop(number)
  }

  /** Keeps what a session watches; what it does already stays. */
  putWatches(session: string, patterns: Iterable<string>): void {
    this.#open.watches.put(session, patterns)
  }

  /** Drops some of what a session watches, as far as it does, or all. */
  dropWatches(session: string, patterns?: Iterable<string>): void {
    const { watches } = this.#open
    if (patterns) watches.drop(session, patterns)
    else watches.dropSession(session)
  }

  /** Makes the indexes that the application declares, and drops those it no longer does. */
  declareIndexes(declared: TidemarkApp['indexes']): void {
    const { database, records } = this.#open
    declareIndexes(database.definer, records, declared)
  }
}
