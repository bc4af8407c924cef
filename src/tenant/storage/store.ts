import type { ClientMark } from '../../core/edits/admit.ts'
import type { Proposal } from '../../core/edits/proposal.ts'
import type { Reads, Turn } from '../../core/edits/turn.ts'
import type { LogEntry } from '../../core/log/log.ts'
import type { Place } from '../../core/outbox/batch.ts'
import type { StoredRecord } from '../../core/records/record.ts'
import type { Sql, Storage } from '../../platform/platform.ts'
import type { Row } from '../../protocol/value.ts'
import { AsideRecords } from './aside-records.ts'
import { Carried } from './carried.ts'
import { CollectionRows } from './collection-rows.ts'
import { CommittedMark } from './committed-mark.ts'
import { putConflict } from './conflict-rows.ts'
import { CorrectionRows } from './correction-rows.ts'
import { HeldSchema } from './held-schema.ts'
import { HydrationMarks } from './hydration-marks.ts'
import { KeptClients } from './kept-clients.ts'
import type { Keys } from './keys.ts'
import { LogRows, type LogTurn } from './log-rows.ts'
import { Marks } from './marks.ts'
import { Meta } from './meta.ts'
import { placeOf } from './place-of.ts'
import { ProposalStore } from './proposal-store.ts'
import { Records } from './records.ts'
import { pruneLog } from './retention.ts'
import { migrateStorage } from './schema-steps.ts'

/**
 * The object's SQLite, typed. Everything is synchronous. What is written in JSON columns was
 * written here, so it is read back as the type it was written with.
 */
export class Store implements Reads {
  readonly carried: Carried
  readonly asides: AsideRecords
  /** What the records were made for. */
  readonly schema: HeldSchema
  readonly rows: CollectionRows
  readonly records: Records
  readonly hydration: HydrationMarks
  readonly proposals: ProposalStore
  readonly keptClients: KeptClients
  /** Of what waits for Postgres: outside changes, and entries that are no longer what they were. */
  readonly corrections: CorrectionRows
  readonly #log: LogRows
  readonly #marks: Marks
  readonly #meta: Meta
  readonly #committed: CommittedMark
  readonly #storage: Storage
  readonly #sql: Sql
  readonly #collections: number
  #head = 0
  #floor = 0
  #tenant: string | undefined
  #epoch = ''
  #cursor: string | undefined
  #activeAt = 0

  /**
   * @param collections how many collections the application has
   * @param keys the columns of each that are indexed
   */
  constructor(storage: Storage, collections: number, keys: Keys = new Map()) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#collections = collections
    migrateStorage(storage)
    this.carried = new Carried(storage.sql)
    this.asides = new AsideRecords(storage.sql)
    this.proposals = new ProposalStore(storage.sql)
    this.keptClients = new KeptClients(storage.sql)
    this.schema = new HeldSchema(storage.sql)
    this.rows = new CollectionRows(storage.sql, keys)
    this.records = new Records(storage.sql, keys)
    this.hydration = new HydrationMarks(storage.sql)
    this.#log = new LogRows(storage.sql)
    this.#marks = new Marks(storage.sql)
    this.#meta = new Meta(storage.sql)
    this.#committed = new CommittedMark(this.#meta, this.#log)
    this.corrections = new CorrectionRows(storage.sql, this.#log, () => this.committed)
    this.#read()
  }

  #read(): void {
    this.#committed.read()
    this.#head = this.#log.head
    this.#floor = Number(this.#meta.get('floor') ?? 0)
    this.#tenant = this.#meta.get('tenant')
    this.#epoch = this.#meta.get('epoch') ?? ''
    this.#cursor = this.#meta.get('cursor')
    this.#activeAt = Number(this.#meta.get('active') ?? 0)
  }

  #reread(): void {
    this.records.forget()
    this.#marks.forget()
    this.corrections.forget()
    this.proposals.reread()
    this.carried.reread()
    this.schema.reread()
    this.hydration.reread()
    this.asides.reread()
  }

  /** Runs `work` in one transaction: all of its writes are kept, or none. */
  transaction<Result>(work: () => Result): Result {
    const before = { head: this.#head, floor: this.#floor, cursor: this.#cursor }
    const restoreCommitted = this.#committed.save()
    try {
      return this.#storage.transactionSync(work)
    } catch (thrown) {
      this.#head = before.head
      restoreCommitted()
      this.#floor = before.floor
      this.#cursor = before.cursor
      this.#reread()
      throw thrown
    }
  }

  /** The tenant this object belongs to; undefined in a new one. */
  get tenant(): string | undefined {
    return this.#tenant
  }

  /** The name of this log; empty until `found`. */
  get epoch(): string {
    return this.#epoch
  }

  get head(): number {
    return this.#head
  }

  /** Everything up to here is in Postgres, or was reverted. */
  get committed(): number {
    return this.#committed.seq
  }

  /** How far Postgres has got with this log, as far as is known here. */
  get place(): Place {
    return { epoch: this.#epoch, after: this.committed, head: this.#head }
  }

  get outbox(): number {
    return this.#head - this.committed
  }

  /** A cursor below this has to take a snapshot: the log does not reach back so far. */
  get floor(): number {
    return Math.max(this.#floor, this.schema.sinceIn(this.#epoch))
  }

  /** The tenant's ledger in Postgres is this log's, and its marks are here. */
  get claimed(): boolean {
    return this.#cursor !== undefined
  }

  /** Outside changes after this have not been taken; empty until the ledger is claimed. */
  get cursor(): string {
    return this.#cursor ?? ''
  }

  putCursor(cursor: string): void {
    if (cursor === this.#cursor) return
    this.#cursor = cursor
    this.#meta.put('cursor', cursor)
  }

  /** When a client was last known to be active, in ms since 1970; 0 for never. */
  get activeAt(): number {
    return this.#activeAt
  }

  putActiveAt(at: number): void {
    this.#activeAt = at
    this.#meta.put('active', String(at))
  }

  /** Some of the tenant's data is still only in Postgres. */
  get loading(): boolean {
    return (
      this.#tenant !== undefined && (this.hydration.settled < this.#collections || this.schema.incomplete)
    )
  }

  /** Not all is here yet: data from Postgres, or edits of an earlier log. */
  get hydrating(): boolean {
    return this.loading || this.carried.any
  }

  /** Makes a new object the tenant's. */
  found(tenant: string, epoch: string): void {
    this.transaction(() => {
      this.#meta.put('tenant', tenant)
      this.#meta.put('epoch', epoch)
    })
    this.#tenant = tenant
    this.#epoch = epoch
  }

  /**
   * Leaves the log behind and begins another. Everything is to be loaded from Postgres again; what
   * Postgres may not have got is carried over.
   */
  beginEpoch(epoch: string): void {
    this.transaction(() => {
      this.carried.takeLog(this.corrections.all())
      for (const table of ['log', 'record', 'correction', 'hydration', 'set_aside'])
        this.#sql.exec(`DELETE FROM ${table}`)
      this.#sql.exec("DELETE FROM meta WHERE key IN ('cursor', 'committed', 'floor', 'pruned', 'reached')")
      this.#meta.put('epoch', epoch)
      this.#cursor = undefined
      this.#head = this.#floor = 0
      this.#committed.reset()
      this.#reread()
    })
    this.#epoch = epoch
  }

  /** Forgets everything, as if the object had never been used. */
  wipe(): void {
    this.transaction(() => {
      const tables = this.#sql.exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf*' AND name <> 'schema_step'",
      )
      for (const { name } of tables.toArray()) this.#sql.exec(`DELETE FROM "${name}"`)
    })
    this.#read()
    this.#reread()
  }

  record(collection: string, id: string): StoredRecord | undefined {
    return this.records.get(collection, id)
  }

  readonly aside: Reads['aside'] = (collection, id) => this.asides.get(collection, id)

  /** A record's row, if it lives. */
  living(collection: string, id: string): Row | undefined {
    const record = this.record(collection, id)
    return record?.deleted ? undefined : record?.row
  }

  marks(): ClientMark[] {
    return this.#marks.all()
  }

  mark(client: string): ClientMark | undefined {
    return this.#marks.get(client)
  }

  proposal(client: string): Proposal | undefined {
    return this.proposals.of(client)
  }

  get waiting(): number {
    return this.proposals.size
  }

  readonly placeOf: Reads['placeOf'] = (...edit) => placeOf(this.entries(this.committed), this.carried, edit)

  /** Log entries after `after`, as `LogRows.entries`. */
  entries(after: number): Iterable<LogEntry> {
    return this.#log.entries(after)
  }

  /** The log back to a place, as `LogRows.turnsBackTo`. */
  turnsBackTo(after: number): Iterable<LogTurn> {
    return this.#log.turnsBackTo(after)
  }

  /** Writes what a turn decided. Call inside `transaction`. */
  write(turn: Turn): void {
    this.records.putAll(turn.records.values(), this.#floor)
    for (const mark of turn.marks.values()) this.putMark(mark)
    for (const [client, subject] of turn.newcomers) this.keptClients.put(client, subject)
    this.proposals.write(turn.proposals)
    for (const [ordinal, conflict] of turn.conflicts.entries())
      putConflict(this.#sql, this.#epoch, conflict, ordinal)
    this.#append(turn.entries)
    this.corrections.appended(turn.entries)
    for (const entry of turn.corrections.values()) this.corrections.put(entry)
  }

  #append(entries: readonly LogEntry[]): void {
    const last = entries.at(-1)
    if (!last) return
    this.#log.append(entries, this.committed)
    this.#committed.wentAlong()
    this.#head = last.seq
  }

  putRecord(record: StoredRecord): void {
    this.records.put(record, this.#floor)
  }

  putMark(mark: ClientMark): void {
    this.#marks.put(mark)
  }

  /**
   * Moves the committed mark, and drops committed entries nobody is likely to need.
   *
   * @param now milliseconds since 1970
   */
  commit(upTo: number, now: number): void {
    if (upTo <= this.committed) return
    this.#committed.move(upTo)
    const corrected = this.corrections.drop(upTo)
    const pruned = this.#prune(now)
    // What was dropped because of the mark could not be sent again.
    if (corrected || pruned) this.#committed.store()
  }

  get isCommittedStored(): boolean {
    return this.#committed.isStored
  }

  storeCommitted(): void {
    this.#committed.store()
  }

  /** Forgets a collection: its records, and that it was ever loaded. Call inside `transaction`. */
  dropCollection(collection: string): void {
    this.records.dropCollection(collection)
    this.hydration.drop(collection)
    this.asides.dropCollection(collection)
  }

  /** Returns whether something was dropped. */
  #prune(now: number): boolean {
    const reached = pruneLog(this.#log, this.#meta, { head: this.#head, committed: this.committed }, now)
    if (reached === undefined) return false
    this.records.dropTombstones(reached)
    this.#floor = reached
    this.#meta.put('floor', String(reached))
    return true
  }
}
