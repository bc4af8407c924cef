import { CONFLICTS } from '../../core/app/built-in.ts'
import type { ClientState } from '../../core/edits/admit.ts'
import type { Proposal } from '../../core/edits/proposal.ts'
import type { Reads } from '../../core/edits/turn.ts'
import type { LogEntry } from '../../core/log/log.ts'
import type { LedgerPosition } from '../../core/outbox/batch.ts'
import type { StoredRecord } from '../../core/records/record.ts'
import type { Storage } from '../../platform/platform.ts'
import type { Row } from '../../protocol/value.ts'
import type { AsideRecords } from './aside-records.ts'
import type { Carried } from './carried.ts'
import { CollectionRows } from './collection-rows.ts'
import type { CorrectionRows } from './correction-rows.ts'
import type { Cached, Sync } from './database.ts'
import type { HydrationMarks } from './hydration-marks.ts'
import type { IndexedColumns } from './indexed-columns.ts'
import type { KeptClients } from './kept-clients.ts'
import { locateEdit } from './locate-edit.ts'
import type { LogTurn } from './log-rows.ts'
import type { Meta } from './meta.ts'
import type { ProposalStore } from './proposal-store.ts'
import type { Records } from './records.ts'
import type { RevokedRows } from './revoked-rows.ts'
import { StoredManifest } from './stored-manifest.ts'
import { openTables, type Tables } from './tables.ts'
import { Txn } from './txn.ts'
import type { ViewRows } from './view-rows.ts'
import type { WatchRows } from './watch-rows.ts'

/**
 * The object's SQLite, typed. Everything is synchronous. What is written in JSON columns was written here, so it
 * is read back as the type it was written with.
 *
 * What holds, whatever happens:
 * - Nothing is written but by a method of `Txn`, which is the argument of `transaction`'s work and of use only
 *   until that ends. The work is done before it returns: one that returns a promise does not compile, and throws.
 * - All that a transaction wrote is kept, or, if anything threw, nothing: in storage, and in all that is held of it
 *   in memory (`Cached`), here and in whoever asked for it by `restores`. The alarm is part of it.
 * - There is one transaction at a time. One in another is refused, and the outer one is as it was.
 * - Each table has one owner (`openTables`), and only its file writes it. What an owner holds in memory is what
 *   is stored; the committed seq alone may be ahead.
 * - `committed <= head`, `floor <= committed`, and the log holds all entries above the floor, the newest in any case.
 *
 * What a method comes to:
 * - Reading: what is absent is `undefined`, an empty list, 0, or `''`, as its type says; a deleted record is there
 *   for `record` and not for `living`. It throws only if SQLite does, or what is stored cannot be read.
 * - `put...` and `write` take the place of what was there under that key; twice is as once. Only a view
 *   throws where its key is taken: they are numbered here, so it would be a fault.
 * - `drop...`, `take...` and `commit` of what is not there, or is there no more, change nothing.
 * - A statement that fails throws, and nothing of its transaction is kept, also where that is caught within.
 */
export class Store implements Reads {
  /** Edits of earlier logs that this one has still to take. */
  readonly carried: Pick<Carried, 'any'>
  readonly asides: Pick<AsideRecords, 'size' | 'get' | 'list' | 'within' | 'due'>
  /** What the records were made for. */
  readonly schema: StoredManifest
  readonly rows: CollectionRows
  /** `changes` grows with every change of any record. */
  readonly records: Pick<Records, 'changes'>
  readonly hydration: Pick<HydrationMarks, 'all' | 'caughtUp' | 'reached'>
  readonly proposals: Pick<ProposalStore, 'all' | 'dueAt'>
  readonly keptClients: Pick<KeptClients, 'subjectOf'>
  /** Of what waits for Postgres: external changes, and entries that are no longer what they were. */
  readonly corrections: Pick<CorrectionRows, 'all' | 'of' | 'remaining'>
  readonly revoked: Pick<RevokedRows, 'list' | 'untold' | 'hasUntold'>
  readonly views: Pick<ViewRows, 'all'>
  readonly watches: Pick<WatchRows, 'all'>
  /** The facts that have no name of their own here. */
  readonly facts: Pick<Meta, 'get'>
  readonly #tables: Tables
  readonly #collections: number
  readonly #indexed: IndexedColumns

  /**
   * @param collections how many collections the application has
   * @param indexedColumns the columns of each that are indexed
   */
  constructor(storage: Storage, collections: number, indexedColumns: IndexedColumns = new Map()) {
    const tables = openTables(storage, indexedColumns)
    this.#tables = tables
    this.#collections = collections
    this.#indexed = indexedColumns
    this.carried = tables.carried
    this.asides = tables.asides
    this.schema = new StoredManifest(tables.meta)
    this.rows = new CollectionRows(storage.sql, indexedColumns, (about, ...record) =>
      about === CONFLICTS ? this.lastRow(...record) : this.living(...record),
    )
    this.records = tables.records
    this.hydration = tables.hydration
    this.proposals = tables.proposals
    this.keptClients = tables.keptClients
    this.corrections = tables.corrections
    this.revoked = tables.revoked
    this.views = tables.views
    this.watches = tables.watches
    this.facts = tables.meta
  }

  /**
   * Runs `work` in one transaction: all that it writes with its argument is kept, or none. In another one it throws,
   * and so it does for work that returns a promise.
   */
  transaction<Result>(work: (txn: Txn) => Sync<Result>): Sync<Result> {
    const { database } = this.#tables
    return database.transaction(() => work(new Txn(this.#tables)))
  }

  /** Whoever holds in memory what a transaction may have changed forgets it when one comes to nothing. */
  restores(cached: Cached): void {
    this.#tables.database.restores(cached)
  }

  /** The tenant this object belongs to; undefined in a new one. */
  get tenant(): string | undefined {
    return this.#tables.meta.get('tenant')
  }

  /** The name of this log; empty until `found`. */
  get epoch(): string {
    return this.#tables.meta.get('epoch')
  }

  get head(): number {
    return this.#tables.log.head
  }

  /** Everything up to here is in Postgres, or was reverted. */
  get committed(): number {
    return this.#tables.committed.seq
  }

  /** How far Postgres has got with this log, as far as is known here. */
  get ledgerPosition(): LedgerPosition {
    return { epoch: this.epoch, after: this.committed, head: this.head }
  }

  get outbox(): number {
    return this.head - this.committed
  }

  /** A cursor below this has to take a snapshot: the log does not reach back so far. */
  get floor(): number {
    return Math.max(this.#tables.meta.get('floor'), this.schema.sinceIn(this.epoch))
  }

  /** The tenant's ledger in Postgres is this log's, and what it knows of clients is here. */
  get claimed(): boolean {
    return this.#tables.meta.get('cursor') !== undefined
  }

  /** External changes after this have not been taken; empty until the ledger is claimed. */
  get cursor(): string {
    return this.#tables.meta.get('cursor') ?? ''
  }

  /** When a client was last known to be active, in ms since 1970; 0 for never. */
  get activeAt(): number {
    return this.#tables.meta.get('active')
  }

  /** Some of the tenant's data is still only in Postgres. */
  get loading(): boolean {
    return (
      this.tenant !== undefined && (this.hydration.caughtUp < this.#collections || this.schema.incomplete)
    )
  }

  /** Not all is here yet: data from Postgres, or edits of an earlier log. */
  get hydrating(): boolean {
    return this.loading || this.carried.any
  }

  record(collection: string, id: string): StoredRecord | undefined {
    return this.#tables.records.get(collection, id)
  }

  readonly aside: Reads['aside'] = (collection, id) => this.asides.get(collection, id)

  /** The ids of what one of the engine's own collections keeps about a record. */
  readonly idsAbout = (about: string, collection: string, record: string): Iterable<string> => {
    if (about === CONFLICTS) return this.conflictIds(collection, record)
    return this.#indexed.has(about) ? this.rows.idsWhere(about, { collection, record }) : []
  }

  /** The ids of all conflicts that are kept about a record. */
  readonly conflictIds = (collection: string, id: string): Iterable<string> =>
    this.#tables.records.conflicts.of(collection, id)

  readonly openConflicts: Reads['openConflicts'] = (collection, id) =>
    this.#tables.records.conflicts.openOf(collection, id)

  /** A record's row, or what a deleted one held at last. */
  readonly lastRow = (collection: string, id: string): Row | undefined => this.record(collection, id)?.row

  get openCount(): number {
    return this.#tables.records.conflicts.openCount
  }

  /** The ids of some open conflicts. */
  openConflictIds(limit: number): string[] {
    return this.#tables.records.conflicts.openIds(limit)
  }

  subjectAt(seq: number): string | undefined {
    // Nothing is left open while others write.
    return this.#tables.log.past(seq + 1, 0)?.entries.find((entry) => entry.seq === seq)?.subject
  }

  /** A record's row, if it lives. */
  readonly living = (collection: string, id: string): Row | undefined => {
    const record = this.record(collection, id)
    return record?.deleted ? undefined : record?.row
  }

  clientStates(): ClientState[] {
    return this.#tables.clientStates.all()
  }

  clientState(client: string): ClientState | undefined {
    return this.#tables.clientStates.get(client)
  }

  proposal(client: string): Proposal | undefined {
    return this.#tables.proposals.of(client)
  }

  get waiting(): number {
    return this.#tables.proposals.size
  }

  readonly locateEdit: Reads['locateEdit'] = (...edit) =>
    locateEdit(this.entries(this.committed), this.#tables.carried, edit)

  readonly past: Reads['past'] = (before) => this.#tables.log.past(before, this.floor)

  /** Log entries after `after`, as `LogRows.entries`. */
  entries(after: number): Iterable<LogEntry> {
    return this.#tables.log.entries(after)
  }

  /** When the oldest entry that Postgres has not got was accepted, in ms since 1970; undefined where there is none. */
  get waitingSince(): number | undefined {
    return this.#tables.log.acceptedAt(this.committed)
  }

  /** The log back to a place, as `LogRows.turnsBackTo`. */
  turnsBackTo(after: number): Iterable<LogTurn> {
    return this.#tables.log.turnsBackTo(after)
  }

  /** What of the log is about an id, as `LogRows.turnsAbout`. */
  turnsAbout(id: string, after: number): Iterable<LogTurn> {
    return this.#tables.log.turnsAbout(id, after)
  }

  /** The committed seq is stored as it is. */
  get isCommittedStored(): boolean {
    return this.#tables.committed.isStored
  }
}
