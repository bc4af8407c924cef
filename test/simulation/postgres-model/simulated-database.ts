import { createHash } from 'node:crypto'
import { type Revocation, RevocationList } from '../../../src/core/access/revocation.ts'
import type { Question } from '../../../src/core/edits/proposal.ts'
import type { ExternalChange, ExternalEvent } from '../../../src/core/external/events.ts'
import { rowText } from '../../../src/core/external/untraced-changes.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import {
  type Applied,
  type Batch,
  type Ledger,
  type LedgerConflict,
  type LedgerPosition,
  type ProposalVerdict,
  type Refusal,
  UNDONE,
} from '../../../src/core/outbox/batch.ts'
import type {
  ComparedRange,
  KeyRange,
  PageRange,
  Polled,
  TablePage,
} from '../../../src/core/outbox/postgres-port.ts'
import { recordKey } from '../../../src/core/records/record.ts'
import { REVERT_ACTOR, SQL_ACTOR } from '../../../src/core/records/version-vector.ts'
import type { TidemarkApp } from '../../../src/define/define-app.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { app } from '../../fixtures/board/sync.ts'
import { NOTHING } from '../judge/cursor.ts'
import type { Judge } from '../judge/judge.ts'
import { BatchWriter } from '../people/batch-writer.ts'
import { type ExternalWrite, writeTogether } from '../people/write-together.ts'
import { known } from '../world/earlier-app.ts'
import { Tables } from '../world/tables.ts'
import { ExternalList } from './outside-list.ts'

type Mark = { subject: string; n: number; refusals: (Refusal & { n: number })[] }

/**
 * One tenant in Postgres, as the functions of `src/postgres/sql` keep it: rows, ledger, marks, and the list of what
 * others changed. It merges nothing: it does as it is told.
 */
export class TenantDatabase {
  readonly tables = new Tables()
  marks = new Map<string, Mark>()
  /** How often it was put back to an earlier state: what was committed may have been refused since. */
  restores = 0
  epoch: string | undefined
  applied = 0
  #epochs = new Set<string>()
  #revoked = new RevocationList()
  #lastAfter = 0
  #lastRefusals: readonly Refusal[] = []
  #history = new Map<string, string>()
  #places = 0
  /** Rows that transactions of several have touched. */
  readonly siblings = new Set<string>()
  readonly #writer: BatchWriter
  readonly #external: ExternalList

  /**
   * @param judge is told what a correct engine never asks for
   * @param pageSize changes that are told of at one moment
   */
  constructor(judge: Judge, pageSize: number) {
    this.#external = new ExternalList(pageSize)
    this.#writer = new BatchWriter(this.tables, judge)
  }

  /**
   * Remembers the present state, which the result brings back. Not after another state was: what an object gave
   * to the first one is in no log any more, and a second one would lose it for good. Put back `elsewhere`, it is as a
   * dump that was restored into another cluster.
   */
  backUp(): (elsewhere?: boolean) => void {
    const rows = this.tables.copy()
    const marks = structuredClone(this.marks)
    const history = new Map(this.#history)
    const external = this.#external.backUp()
    const epochs = [...this.#epochs]
    const revoked = [...this.#revoked]
    const state = {
      epoch: this.epoch,
      applied: this.applied,
      after: this.#lastAfter,
      refusals: this.#lastRefusals,
    }
    const { restores } = this
    return (elsewhere = false) => {
      if (this.restores > restores) return
      this.restores++
      if (elsewhere) this.moveElsewhere()
      this.tables.replace(rows)
      this.marks = marks
      this.#history = history
      external()
      this.#epochs = new Set(epochs)
      this.#revoked = new RevocationList()
      this.revoke(revoked)
      this.epoch = state.epoch
      this.applied = state.applied
      this.#lastAfter = state.after
      this.#lastRefusals = state.refusals
    }
  }

  /** @param over whom the tenant is claimed from, if somebody has it */
  open(epoch: string, over: string | null): Ledger | { readonly owner: string } {
    if (this.epoch !== undefined && this.epoch !== epoch && this.epoch !== over) return { owner: this.epoch }
    if (this.epoch !== epoch) {
      this.epoch = epoch
      this.applied = this.#lastAfter = 0
      this.#lastRefusals = []
    }
    this.#epochs.add(epoch)
    const marks = [...this.marks].map(([client, mark]) => ({ client, ...structuredClone(mark) }))
    return { applied: this.applied, marks, revoked: [...this.#revoked], cursor: this.#external.end }
  }

  /** Keeps revocations; of two for one thing the later bounds count. */
  revoke(revocations: readonly Revocation[]): void {
    for (const revocation of revocations) this.#revoked.add(revocation)
  }

  apply(batch: Batch, cursor: string): Applied {
    this.#external.check(cursor)
    const conflict = this.#conflict(batch.epoch, batch.after)
    if (conflict) return conflict
    const { after, upTo, entries: edits } = batch
    if (after < this.applied) {
      if (!this.#isRepeated(batch)) return { is: 'diverged', message: 'the log has other edits' }
      const applied = Math.min(this.applied, upTo)
      const refusals = this.#lastRefusals.filter(({ seq }) => seq <= applied)
      return { is: 'applied', applied, refusals, external: this.#external.read(cursor) }
    }
    const touched = edits.flatMap(({ changes }) => changes)
    if (this.#external.isBehind(touched, cursor))
      return {
        is: 'behind',
        applied: after,
        refusals: [],
        external: this.#external.readAhead(cursor, touched),
      }
    const refusal = this.#writer.setWise(batch) ? undefined : this.#writer.oneByOne(batch)
    this.#lastAfter = after
    this.#lastRefusals = refusal ? [refusal] : []
    this.applied = refusal?.seq ?? upTo
    for (const edit of edits) if (edit.seq <= this.applied) this.#remember(batch.epoch, edit, refusal)
    return {
      is: 'applied',
      applied: this.applied,
      refusals: this.#lastRefusals,
      external: this.#external.read(cursor),
    }
  }

  propose(batch: Batch, question: Question, cursor: string): Applied {
    const answer = this.apply(batch, cursor)
    const isWhole = answer.is === 'applied' && answer.refusals.length === 0 && this.applied === batch.upTo
    if (!isWhole) return answer
    const verdict = this.#settle(batch.epoch, question, cursor)
    if (verdict) return { ...answer, external: this.#external.read(cursor), verdict }
    return {
      ...answer,
      external: this.#external.readAhead(cursor, 'withdrawn' in question ? [] : question.changes),
    }
  }

  poll({ epoch, after, head }: LedgerPosition, cursor: string, reached = NOTHING): Polled {
    const conflict = this.#conflict(epoch, after, head)
    if (conflict) return conflict
    this.#external.check(cursor)
    this.#external.check(reached)
    return { is: 'current', external: this.#external.read(cursor) }
  }

  count(collection: string): number {
    return this.tables.rows(collection).size
  }

  page(collection: string, { after, limit, reached = NOTHING }: PageRange): TablePage {
    const rows = this.#sorted(collection).filter((row) => isAfter(idOf(row), after))
    const at = this.#external.stateAfter(reached)
    const read = rows.slice(0, limit)
    const last = read.at(-1)
    return { rows: read, unfit: [], last: last && idOf(last), more: rows.length > limit, at }
  }

  /** @param served whose columns are compared */
  range(
    range: KeyRange,
    { epoch, after, head }: LedgerPosition,
    cursor: string,
    served: TidemarkApp = app,
  ): ComparedRange | LedgerConflict {
    this.#external.check(cursor)
    const conflict = this.#conflict(epoch, after, head)
    if (conflict) return conflict
    const collection = served.manifest.collections.find(({ name }) => name === range.collection)
    if (!collection) throw new Error(`no collection ${range.collection}`)
    const inside = this.#sorted(range.collection).filter(
      (row) =>
        isAfter(idOf(row), range.after) &&
        (range.upTo === undefined || idOf(row) <= range.upTo) &&
        (range.ids?.includes(idOf(row)) ?? true),
    )
    const rows = inside.slice(0, range.limit).map((row) => known(served, range.collection, row))
    const upTo = inside.length > range.limit ? idOf(rows.at(-1) ?? {}) : range.upTo
    const place = { applied: this.applied, external: this.#external.read(cursor), upTo }
    if (range.whole) return { ...place, rows, unfit: [] }
    const text = rows.map((row) => rowText(collection, row)).join('\n')
    return { ...place, digest: createHash('sha256').update(text).digest('hex') }
  }

  /**
   * Somebody else writes a row, or deletes it.
   *
   * @returns whether the database took it
   */
  writeExternal(collection: string, id: string, change: (row: Row | undefined) => Row | undefined): boolean {
    return this.writeTogether([{ collection, id, change }])
  }

  /** The same for several rows in one transaction, as a statement with its triggers writes them. */
  writeTogether(writes: readonly ExternalWrite[]): boolean {
    const changes = writeTogether(this.tables, writes) ?? []
    if (writes.length > 1)
      for (const { collection, id } of changes) this.siblings.add(recordKey(collection, id))
    const sight = { epoch: this.epoch ?? '', seen: this.applied, by: 'psql' }
    this.#external.push(...changes.map((change): ExternalChange => ({ ...change, ...sight })))
    return changes.length > 0
  }

  /** Whether whoever has a cursor has read everything. */
  isRead(cursor: string): boolean {
    return this.#external.isRead(cursor)
  }

  get changes(): readonly ExternalEvent[] {
    return this.#external.changes
  }

  /** Is there anything of the tenant? */
  get isKnown(): boolean {
    return this.epoch !== undefined || this.tables.isFilled
  }

  /** Deletes all that there is of the tenant. */
  erase(): void {
    this.tables.replace(new Map())
    this.marks.clear()
    this.#history.clear()
    this.#epochs.clear()
    this.#revoked = new RevocationList()
    this.#external.clear()
    this.epoch = undefined
    this.applied = this.#lastAfter = 0
    this.#lastRefusals = []
  }

  /** Has it come to another cluster? */
  get isMoved(): boolean {
    return this.#external.isMoved
  }

  /** Everything is copied to another cluster, whose numbers are others: no cursor from before fits. */
  moveElsewhere(): void {
    this.#external.moveElsewhere()
  }

  #conflict(epoch: string, after: number, head = this.applied): LedgerConflict | undefined {
    if (this.epoch === epoch && after >= this.#lastAfter && after <= this.applied && this.applied <= head)
      return undefined
    if (this.epoch !== undefined && this.epoch !== epoch && this.#epochs.has(epoch))
      return { is: 'fenced', epoch: this.epoch }
    return {
      is: 'diverged',
      message: `of ${epoch} are ${after} confirmed, the ledger stands at ${this.applied}`,
    }
  }

  #isRepeated({ epoch, entries: edits }: Batch): boolean {
    return edits.every((edit) => {
      const kept = this.#history.get(`${epoch}/${edit.seq}`)
      return kept === undefined || kept === nameOf(edit)
    })
  }

  #remember(epoch: string, edit: LogEntry, refusal: Refusal | undefined): void {
    this.#history.set(`${epoch}/${edit.seq}`, nameOf(edit))
    const { actor, subject, n, seq, undone, external } = edit
    // Of what Postgres had before the log, only what the merge made of it passes here.
    if (external || actor === SQL_ACTOR || actor === REVERT_ACTOR) return
    const mark = this.marks.get(actor) ?? { subject, n: 0, refusals: [] }
    this.marks.set(actor, mark)
    mark.n = Math.max(mark.n, n)
    if (refusal?.seq === seq) mark.refusals.push({ ...refusal, n })
    else if (undone) mark.refusals.push({ seq, n, sqlState: UNDONE, message: undone.message })
  }

  #settle(epoch: string, question: Question, cursor: string): ProposalVerdict | undefined {
    const { client, n, subject } = question
    const mark = this.marks.get(client) ?? { subject, n: 0, refusals: [] }
    if (mark.n >= n) {
      const refusal = mark.refusals.find((one) => one.n === n)
      return refusal ? { is: 'refused', refusal } : { is: 'taken' }
    }
    const changes = 'withdrawn' in question ? [] : question.changes
    if (this.#external.isBehind(changes, cursor)) return undefined
    const violation = 'withdrawn' in question ? question.withdrawn : this.#writer.edit(changes)
    this.marks.set(client, mark)
    mark.n = n
    if (violation) {
      const refusal = { seq: --this.#places, ...violation }
      mark.refusals.push({ ...refusal, n })
      return { is: 'refused', refusal }
    }
    const conflicts = 'conflicts' in question ? question.conflicts : []
    const place = { kind: 'proposal', client, n, epoch, seen: this.applied } as const
    const rows = changes.map((change) => ({ ...{ before: {}, after: {} }, ...change }))
    this.#external.push({ ...place, by: subject, changes: rows, conflicts })
    return { is: 'taken' }
  }

  #sorted(collection: string): Row[] {
    return [...this.tables.rows(collection).values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
  }
}

/** What begins at the beginning has the empty id as well. */
const isAfter = (id: string, after: string) => id > after || after === ''

const idOf = (row: Row) => String(row['id'])

const nameOf = ({ actor, n, at }: LogEntry) => JSON.stringify([actor, n, at])
