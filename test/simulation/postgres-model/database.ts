import { createHash } from 'node:crypto'
import type { Question } from '../../../src/core/edits/proposal.ts'
import { rowText } from '../../../src/core/external/compare.ts'
import { rowsOf } from '../../../src/core/external/take-outside.ts'
import type { Change, LogEntry } from '../../../src/core/log/log.ts'
import {
  type Applied,
  type Batch,
  type ComparedRange,
  type KeyRange,
  type Ledger,
  type Looked,
  type Misfit,
  type OutsideChange,
  type OutsideChanges,
  type OutsideEvent,
  type PageRange,
  type Place,
  type ProposalVerdict,
  type Refusal,
  type TablePage,
  UNDONE,
} from '../../../src/core/outbox/batch.ts'
import { recordKey } from '../../../src/core/records/record.ts'
import { REVERT_ACTOR, SQL_ACTOR } from '../../../src/core/records/version-vector.ts'
import type { TidemarkApp } from '../../../src/define/define-app.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { app } from '../../fixtures/board/sync.ts'
import { aheadOf, clusterOf, lengthOf, NOTHING, ofRows, unread } from '../judge/cursor.ts'
import type { Judge } from '../judge/judge.ts'
import { BatchWriter } from '../people/batch-writer.ts'
import { type OutsideWrite, writeTogether } from '../people/write-together.ts'
import { known } from '../world/earlier-app.ts'
import { Tables } from '../world/tables.ts'

/** Of the rows that a batch waits for no more than this many changes are told before their turn. */
const MAX_AHEAD = 20

/** The cursor does not fit the changes that are kept. */
export class ExpiredCursor extends Error {}

type Mark = { subject: string; n: number; refusals: (Refusal & { n: number })[] }

/**
 * One tenant in Postgres, as the functions of `migrations/` keep it: rows, ledger, marks, and the list of what
 * others changed, of which a cursor is a length, with a mark that is left where it was read, and the places beyond
 * it that were read before their turn. It merges nothing: it does as it is told.
 */
export class TenantDatabase {
  readonly tables = new Tables()
  changes: OutsideEvent[] = []
  marks = new Map<string, Mark>()
  /** How often it was put back to an earlier state: what was committed may have been refused since. */
  restores = 0
  epoch: string | undefined
  applied = 0
  #epochs = new Set<string>()
  #lastAfter = 0
  #lastRefusals: readonly Refusal[] = []
  #history = new Map<string, string>()
  #places = 0
  #readings = new Set<string>()
  /** Not put back: no mark is left twice. */
  #marksLeft = 0
  /** Not put back either: each cluster that it came to is another one. */
  #cluster = 0
  /** Rows that transactions of several have touched. */
  readonly siblings = new Set<string>()
  readonly #writer: BatchWriter
  readonly #pageSize: number

  /**
   * @param judge is told what a correct engine never asks for
   * @param pageSize changes that are told of at one moment
   */
  constructor(judge: Judge, pageSize: number) {
    this.#pageSize = pageSize
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
    const [changes, epochs, readings] = [[...this.changes], [...this.#epochs], [...this.#readings]]
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
      this.changes = changes
      this.#epochs = new Set(epochs)
      this.#readings = new Set(readings)
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
    return { applied: this.applied, marks, cursor: `${this.#cluster}@${this.changes.length}` }
  }

  apply(batch: Batch, cursor: string): Applied {
    this.#check(cursor)
    const misfit = this.#misfit(batch.epoch, batch.after)
    if (misfit) return misfit
    const { after, upTo, edits } = batch
    if (after < this.applied) {
      if (!this.#isRepeated(batch)) return { is: 'diverged', message: 'the log has other edits' }
      const applied = Math.min(this.applied, upTo)
      const refusals = this.#lastRefusals.filter(({ seq }) => seq <= applied)
      return { is: 'applied', applied, refusals, outside: this.#read(cursor) }
    }
    const touched = edits.flatMap(({ changes }) => changes)
    if (this.#isBehind(touched, cursor))
      return { is: 'behind', applied: after, refusals: [], outside: this.#readAhead(cursor, touched) }
    const refusal = this.#writer.setWise(batch) ? undefined : this.#writer.oneByOne(batch)
    this.#lastAfter = after
    this.#lastRefusals = refusal ? [refusal] : []
    this.applied = refusal?.seq ?? upTo
    for (const edit of edits) if (edit.seq <= this.applied) this.#remember(batch.epoch, edit, refusal)
    return { is: 'applied', applied: this.applied, refusals: this.#lastRefusals, outside: this.#read(cursor) }
  }

  propose(batch: Batch, question: Question, cursor: string): Applied {
    const answer = this.apply(batch, cursor)
    const isWhole = answer.is === 'applied' && answer.refusals.length === 0 && this.applied === batch.upTo
    if (!isWhole) return answer
    const verdict = this.#settle(batch.epoch, question, cursor)
    if (verdict) return { ...answer, outside: this.#read(cursor), verdict }
    return {
      ...answer,
      outside: this.#readAhead(cursor, 'withdrawn' in question ? [] : question.changes),
    }
  }

  look({ epoch, after, head }: Place, cursor: string, reached = NOTHING): Looked {
    const misfit = this.#misfit(epoch, after, head)
    if (misfit) return misfit
    this.#check(cursor)
    this.#check(reached)
    return { is: 'current', outside: this.#read(cursor) }
  }

  count(collection: string): number {
    return this.tables.rows(collection).size
  }

  page(collection: string, { after, limit, reached = NOTHING }: PageRange): TablePage {
    const rows = this.#sorted(collection).filter((row) => isAfter(idOf(row), after))
    const at = this.#has(reached) ? this.#cursorAt(this.changes.length) : reached
    const read = rows.slice(0, limit)
    const last = read.at(-1)
    return { rows: read, unfit: [], last: last && idOf(last), more: rows.length > limit, at }
  }

  /** @param served whose columns are compared */
  range(
    range: KeyRange,
    { epoch, after, head }: Place,
    cursor: string,
    served: TidemarkApp = app,
  ): ComparedRange | Misfit {
    this.#check(cursor)
    const misfit = this.#misfit(epoch, after, head)
    if (misfit) return misfit
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
    const place = { applied: this.applied, outside: this.#read(cursor), upTo }
    if (range.whole) return { ...place, rows, unfit: [] }
    const text = rows.map((row) => rowText(collection, row)).join('\n')
    return { ...place, digest: createHash('sha256').update(text).digest('hex') }
  }

  /**
   * Somebody else writes a row, or deletes it.
   *
   * @returns whether the database took it
   */
  writeOutside(collection: string, id: string, change: (row: Row | undefined) => Row | undefined): boolean {
    return this.writeTogether([{ collection, id, change }])
  }

  /** The same for several rows in one transaction, as a statement with its triggers writes them. */
  writeTogether(writes: readonly OutsideWrite[]): boolean {
    const changes = writeTogether(this.tables, writes) ?? []
    if (writes.length > 1)
      for (const { collection, id } of changes) this.siblings.add(recordKey(collection, id))
    const sight = { epoch: this.epoch ?? '', seen: this.applied, by: 'psql' }
    this.changes.push(...changes.map((change): OutsideChange => ({ ...change, ...sight })))
    return changes.length > 0
  }

  /** Whether whoever has a cursor has read everything. */
  isRead(cursor: string): boolean {
    const isOurs = clusterOf(cursor) === this.#cluster && lengthOf(cursor) <= this.changes.length
    return isOurs && unread(this.changes, cursor).length === 0
  }

  /** Has it come to another cluster? */
  get isMoved(): boolean {
    return this.#cluster > 0
  }

  /** Everything is copied to another cluster, whose numbers are others: no cursor from before fits. */
  moveElsewhere(): void {
    this.#cluster++
  }

  #check(cursor: string): void {
    if (!this.#has(cursor)) throw new ExpiredCursor('the cursor has read what this database does not have')
  }

  /** Is here what a cursor has read? */
  #has(cursor: string): boolean {
    const [, mark] = cursor.split('|')
    if (cursor !== NOTHING && clusterOf(cursor) !== this.#cluster) return false
    return lengthOf(cursor) <= this.changes.length && (mark === undefined || this.#readings.has(mark))
  }

  #misfit(epoch: string, after: number, head = this.applied): Misfit | undefined {
    if (this.epoch === epoch && after >= this.#lastAfter && after <= this.applied && this.applied <= head)
      return undefined
    if (this.epoch !== undefined && this.epoch !== epoch && this.#epochs.has(epoch))
      return { is: 'fenced', epoch: this.epoch }
    return {
      is: 'diverged',
      message: `of ${epoch} are ${after} confirmed, the ledger stands at ${this.applied}`,
    }
  }

  #isRepeated({ epoch, edits }: Batch): boolean {
    return edits.every((edit) => {
      const kept = this.#history.get(`${epoch}/${edit.seq}`)
      return kept === undefined || kept === nameOf(edit)
    })
  }

  #isBehind(changes: readonly Change[], cursor: string): boolean {
    const rows = unread(this.changes, cursor).flatMap(({ change }) => rowsOf(change))
    const unseen = new Set(rows.map(({ collection, id }) => recordKey(collection, id)))
    return changes.some(({ collection, id }) => unseen.has(recordKey(collection, id)))
  }

  #remember(epoch: string, edit: LogEntry, refusal: Refusal | undefined): void {
    this.#history.set(`${epoch}/${edit.seq}`, nameOf(edit))
    const { actor, subject, n, seq, undone, outside } = edit
    // Of what Postgres had before the log, only what the merge made of it passes here.
    if (outside || actor === SQL_ACTOR || actor === REVERT_ACTOR) return
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
    if (this.#isBehind(changes, cursor)) return undefined
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
    this.changes.push({ ...place, by: subject, changes: rows, conflicts })
    return { is: 'taken' }
  }

  #read(cursor: string): OutsideChanges {
    const waiting = unread(this.changes, cursor)
    const page = waiting.slice(0, this.#pageSize)
    const more = waiting.length > page.length
    const upTo = more ? (page.at(-1)?.place ?? 0) + 1 : this.changes.length
    return {
      changes: structuredClone(page.map(({ change }) => change).filter(isTold)),
      cursor: page.length === 0 ? cursor : this.#cursorAt(upTo, aheadOf(cursor)),
      more,
    }
  }

  /** A page, and what else is unread of these rows, unless a proposal has changed them. */
  #readAhead(cursor: string, rows: readonly Change[]): OutsideChanges {
    const read = this.#read(cursor)
    if (!read.more) return read
    const ahead = ofRows(unread(this.changes, read.cursor), rows).slice(0, MAX_AHEAD)
    if (ahead.length === 0) return read
    const places = [...aheadOf(read.cursor), ...ahead.map(({ place }) => place)]
    return {
      ...read,
      changes: [...read.changes, ...structuredClone(ahead.map(({ change }) => change).filter(isTold))],
      cursor: this.#cursorAt(lengthOf(read.cursor), places),
    }
  }

  /** A cursor that has read so many changes, and some beyond them, and leaves its mark. */
  #cursorAt(length: number, ahead: readonly number[] = []): string {
    const mark = String(++this.#marksLeft)
    this.#readings.add(mark)
    const still = ahead.filter((place) => place >= length)
    return [`${this.#cluster}@${length}`, mark, ...(still.length > 0 ? [still.join()] : [])].join('|')
  }

  #sorted(collection: string): Row[] {
    return [...this.tables.rows(collection).values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
  }
}

/** What a transaction undid itself is told to nobody. */
const isTold = (event: OutsideEvent) => event.kind !== 'update' || Object.keys(event.after).length > 0

/** What begins at the beginning has the empty id as well. */
const isAfter = (id: string, after: string) => id > after || after === ''

const idOf = (row: Row) => String(row['id'])

const nameOf = ({ actor, n, at }: LogEntry) => JSON.stringify([actor, n, at])
