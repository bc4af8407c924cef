import { isBuiltIn } from '../../../src/core/app/built-in.ts'
import { COMPARISON } from '../../../src/core/external/untraced-changes.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import { recordKey } from '../../../src/core/records/record.ts'
import type { Edit } from '../../../src/protocol/edit.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { app } from '../../fixtures/board/sync.ts'
import { isId } from '../people/odd-ids.ts'
import { setAside, showable } from '../people/poison.ts'
import { isGuest, writersIn } from '../people/users.ts'
import type { TenantDatabase } from '../postgres-model/simulated-database.ts'
import { filled } from '../world/defaults.ts'
import type { SimulatedTenant } from '../world/tenant.ts'
import { ConflictChecker } from './conflict-checker.ts'
import type { Step } from './coverage.ts'
import { NOTHING } from './cursor.ts'
import { History, NO_CLIENTS, sameRow } from './history.ts'
import type { Clause, Judge } from './judge.ts'
import { MergeOracle } from './merge-oracle.ts'
import { NoticeChecker } from './notice-checker.ts'
import { SaidEdits } from './said-edits.ts'

const COLLECTIONS = app.manifest.collections.map(({ name }) => name)

/** Texts that several write, so that each change of one has words of others in it. */
const SHARED: readonly string[] = ['welcome']

/** Watches one tenant's object: what it keeps has to be what its log says, at every event. */
export class TenantChecker {
  history: History
  #oracle: MergeOracle
  #conflicts: ConflictChecker
  readonly #said = new SaidEdits()
  readonly #notices: NoticeChecker
  readonly #tenant: SimulatedTenant
  readonly #database: TenantDatabase
  readonly #judge: Judge
  #committed = 0
  /** Entries of the log that came from Postgres. */
  #external = 0
  #isLoading = true

  constructor(tenant: SimulatedTenant, database: TenantDatabase, judge: Judge) {
    this.#tenant = tenant
    this.#database = database
    this.#judge = judge
    this.#notices = new NoticeChecker(this.#said, judge)
    this.history = new History('', judge)
    this.#oracle = new MergeOracle(this.history, this.#said, judge)
    this.#conflicts = new ConflictChecker(this.#said, judge)
  }

  /** A client sends an edit, perhaps not for the first time. */
  said(client: string, edit: Edit): void {
    this.#said.add(client, edit)
  }

  /** Where an edit stands on its way to Postgres, given its place and how far the object has asked. */
  stepOf(seq: number, asked: number): Step {
    if (seq <= this.#mark) return 'stored'
    if (this.#database.epoch === this.history.epoch && seq <= this.#database.applied) return 'inPostgres'
    return seq <= asked ? 'asked' : 'waiting'
  }

  /** Something has become durable. */
  committed(): void {
    const epoch = this.#meta('epoch')
    if (epoch === undefined) return
    if (epoch !== this.history.epoch) {
      this.history = new History(epoch, this.#judge)
      this.#oracle = new MergeOracle(this.history, this.#said, this.#judge)
      this.#conflicts = new ConflictChecker(this.#said, this.#judge)
      this.#committed = this.#external = 0
      this.#isLoading = true
    }
    const entries = this.#newEntries()
    for (const entry of entries) this.#checkOwner(entry)
    this.#checkExternal(entries)
    // Until all is loaded rows come from Postgres, and are in no log.
    const wasLoading = this.#isLoading
    this.#isLoading = !this.isLoaded
    if (wasLoading || this.#isLoading) {
      for (const entry of entries) {
        this.history.pass(entry)
        this.#oracle.pass(entry)
        this.#conflicts.pass(entry)
      }
      this.history.adopt(
        COLLECTIONS.flatMap((name) => this.#kept(name).map(([id, row]) => [name, id, row] as const)),
      )
    } else {
      for (const entry of entries) {
        this.history.take(entry)
        this.#oracle.take(entry)
        this.#notices.take(entry, this.history)
        this.#conflicts.take(entry, this.history)
      }
      for (const { collection, id } of entries.flatMap(({ changes }) => changes))
        this.#compare(collection, id)
    }
    this.#checkMarks()
  }

  /** Has Postgres everything that was accepted? */
  get isDrained(): boolean {
    // One that lost everything, and that nobody has come to since, is not even a tenant's.
    if (this.#meta('epoch') === undefined) return true
    return this.#mark === this.history.head
  }

  /**
   * Has the object everything that others wrote into Postgres, and is its log the one of the ledger? Somebody
   * has to be there for it to look.
   */
  get isRead(): boolean {
    const { epoch, applied } = this.#database
    if (epoch !== this.history.epoch || applied !== this.history.head) return false
    return this.#database.isRead(this.#meta('cursor') ?? NOTHING)
  }

  /** How far the object is from rest, for people. */
  get status(): string {
    const { epoch, applied, changes } = this.#database
    const own = `${this.history.epoch} committed ${this.#mark} of ${this.history.head}`
    return `${own}, ledger ${epoch} at ${applied}, read ${this.#meta('cursor')} of ${changes.length}`
  }

  /** At the end: the object, the log and Postgres say the same. */
  finished(): void {
    const { head } = this.history
    const committed = this.#mark
    this.#judge.check('G2', committed === head, () => `committed ${committed} of ${head}`)
    const { isMoved, siblings } = this.#database
    this.#judge.check('G16', this.isRead, () => `has not read all that others wrote: ${this.status}`)
    this.#notices.finished(this.history)
    for (const collection of COLLECTIONS) {
      const object = new Map(this.#kept(collection).map(([id, row]) => [id, row]))
      const rows = this.#database.tables.rows(collection)
      const postgres = showable(collection, rows)
      this.#checkAside(collection, setAside(collection, rows))
      for (const id of new Set([...object.keys(), ...postgres.keys()])) {
        const [here, there] = [object.get(id), postgres.get(id)]
        const told = () => `${JSON.stringify(here)} in the object, ${JSON.stringify(there)} in Postgres`
        const fits = sameRow(here, there)
        const check = (clause: Clause) =>
          this.#judge.check(clause, fits, () => `${collection} ${id} is ${told()}`)
        check('G9')
        if (siblings.has(recordKey(collection, id))) check('SIB')
        if (isMoved) check('CLU')
      }
    }
  }

  /** What is listed as set aside is what Postgres holds and nobody can be shown. */
  #checkAside(collection: string, expected: readonly string[]): void {
    const kept = this.#tenant.storage.sql
      .exec<{ id: string }>('SELECT id FROM set_aside WHERE collection = ?', collection)
      .toArray()
      .map(({ id }) => id)
    for (const id of new Set([...kept, ...expected])) {
      const holds = kept.includes(id) && expected.includes(id)
      const told = () => `${collection} ${JSON.stringify(id)} is ${holds ? '' : 'wrongly '}set aside, or not`
      this.#judge.check(isId(id) ? 'ASD' : 'IDS', holds, told)
    }
  }

  #newEntries(): LogEntry[] {
    const { head } = this.history
    return this.#tenant.storage.sql
      .exec<{ entries: string }>('SELECT entries FROM log WHERE last_seq > ? ORDER BY last_seq', head)
      .toArray()
      .flatMap(({ entries }): LogEntry[] => JSON.parse(entries))
      .filter(({ seq }) => seq > head)
  }

  #compare(collection: string, id: string): void {
    const [kept] = this.#tenant.storage.sql
      .exec<{ row: string; deleted_seq: number | null }>(
        'SELECT row, deleted_seq FROM record WHERE collection = ? AND id = ?',
        collection,
        id,
      )
      .toArray()
    const row = kept && kept.deleted_seq === null ? filled(collection, JSON.parse(kept.row)) : undefined
    const said = this.history.rowAt(collection, id, this.history.head)
    const told = () => `${JSON.stringify(row)}, the log says ${JSON.stringify(said)}`
    this.#judge.check('G9', sameRow(row, said), () => `${collection} ${id} is ${told()}`)
  }

  /** What the log has under somebody's name is in that person's words. */
  #checkOwner({ actor, n, subject, seq, changes, external }: LogEntry): void {
    if (external || NO_CLIENTS.includes(actor)) return
    const said = this.#said.of(actor, n).flatMap(({ ops }) => ops)
    const written = changes.flatMap((change) => {
      const { collection, id, kind } = change
      const isRestored = said.some(
        (op) => op.op === 'restore' && op.collection === collection && op.id === id,
      )
      // What is restored are the words of whoever wrote it, and a conflict repeats what others have written.
      if (kind === 'delete' || isRestored || isBuiltIn(collection)) return []
      return Object.entries(change.after).flatMap(([name, value]) => (SHARED.includes(name) ? [] : value))
    })
    for (const writer of writersIn(JSON.stringify(written))) {
      // Where nobody else has used a page there is nothing to be mistaken.
      if (![writer, subject].some(isGuest)) continue
      const told = () => `the words of ${writer} are stored at ${seq} as those of ${subject}`
      this.#judge.check('OWN', writer === subject, told)
    }
  }

  /** No change that was made in Postgres is taken twice. */
  #checkExternal(entries: readonly LogEntry[]): void {
    const { changes, restores } = this.#database
    // What a comparison finds, nobody has told.
    const taken = entries.filter(({ external, subject }) => external && subject !== COMPARISON).length
    if (taken === 0) return
    this.#external += taken
    const holds = restores > 0 || this.#external <= changes.length
    this.#judge.check('G16', holds, () => `took ${this.#external} of ${changes.length} changes`)
  }

  #checkMarks(): void {
    const committed = this.#mark
    const { head } = this.history
    const isRising = committed >= this.#committed && committed <= head
    const told = `committed goes from ${this.#committed} to ${committed} of ${head}`
    this.#judge.check('G2', isRising, () => told)
    this.#committed = committed
    const waits = committed < head && this.#tenant.storage.alarm === null && !this.#tenant.isBusy
    this.#judge.check('G3', !waits, () => `${head - committed} edits wait, and no alarm is set`)
  }

  /** The committed seq as it is stored. */
  get #mark(): number {
    if (!this.#tenant.isFounded) return 0
    const [{ committed = 0 } = {}] = this.#tenant.storage.sql
      .exec<{ committed: number }>('SELECT committed FROM log ORDER BY last_seq DESC LIMIT 1')
      .toArray()
    return Math.max(Number(this.#meta('committed') ?? 0), committed)
  }

  /** Has the object everything that was in Postgres before it? */
  get isLoaded(): boolean {
    if (!this.#tenant.isFounded) return false
    const [{ done = 0 } = {}] = this.#tenant.storage.sql
      .exec<{ done: number }>('SELECT count(*) AS done FROM hydration WHERE settled = 1')
      .toArray()
    return done === COLLECTIONS.length
  }

  #kept(collection: string): [string, Row][] {
    return this.#tenant.storage.sql
      .exec<{ id: string; row: string }>(
        'SELECT id, row FROM record WHERE collection = ? AND deleted_seq IS NULL',
        collection,
      )
      .toArray()
      .map(({ id, row }) => [id, filled(collection, JSON.parse(row))])
  }

  #meta(key: string): string | undefined {
    if (!this.#tenant.isFounded) return undefined
    return this.#tenant.storage.sql
      .exec<{ value: string }>('SELECT value FROM meta WHERE key = ?', key)
      .toArray()[0]?.value
  }
}
