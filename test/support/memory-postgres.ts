import type { Question } from '../../src/core/edits/proposal.ts'
import type { ExternalEvent, ExternalRowChange } from '../../src/core/external/events.ts'
import { rowsOf } from '../../src/core/external/take-external.ts'
import type { Change } from '../../src/core/log/log.ts'
import type { Batch, ProposalVerdict, Refusal } from '../../src/core/outbox/batch.ts'
import { netChanges } from '../../src/core/outbox/outbox.ts'
import { recordKey } from '../../src/core/records/record.ts'
import type { Row } from '../../src/protocol/value.ts'
import { writeStrictly } from './strict-table.ts'

/** What a batch came to, and the external changes after the cursor that was sent. */
export type MemoryAnswer = {
  readonly is: 'applied' | 'behind'
  readonly applied: number
  /** Refusals of the last batch that was applied. */
  readonly refusals: readonly number[]
  readonly changes: readonly ExternalEvent[]
  readonly cursor: number
  readonly verdict?: ProposalVerdict
}

/**
 * Postgres as the object knows it, in memory: tables, a ledger, and the list of what others changed.
 * A cursor is a length of that list. Nothing here merges: it only does as it is told.
 */
export class MemoryPostgres {
  applied = 0
  readonly changes: ExternalEvent[] = []
  /** Seqs of edits that were undone, as the history tells. */
  readonly undone: number[] = []
  #refusals: number[] = []
  /** Of each client: the last proposal that was settled, and those that were refused. */
  readonly #settled = new Map<string, { n: number; readonly refusals: Map<number, Refusal> }>()
  readonly #tables = new Map<string, Map<string, Row>>()
  readonly #epoch: string

  constructor(epoch: string) {
    this.#epoch = epoch
  }

  table(collection: string): Map<string, Row> {
    const table = this.#tables.get(collection) ?? new Map<string, Row>()
    this.#tables.set(collection, table)
    return table
  }

  /** @param refuse the edit to refuse, with which the batch ends */
  apply(batch: Batch, cursor: number, refuse = batch.upTo + 1): MemoryAnswer {
    const changes = this.changes.slice(cursor)
    const answer = { changes, cursor: this.changes.length }
    if (batch.after !== this.applied)
      return { is: 'applied', applied: this.applied, refusals: this.#refusals, ...answer }
    const unseen = this.#unseen(cursor)
    const touched = batch.entries.flatMap((edit) =>
      edit.changes.map(({ collection, id }) => recordKey(collection, id)),
    )
    if (touched.some((key) => unseen.has(key)))
      return { is: 'behind', applied: this.applied, refusals: [], ...answer }
    const passing = batch.entries.filter(({ seq }) => seq < refuse)
    const names = new Set(passing.flatMap(({ changes }) => changes.map(({ collection }) => collection)))
    for (const net of netChanges(passing, [...names])) writeStrictly(this.table(net.collection), net)
    this.applied = Math.min(refuse, batch.upTo)
    this.#refusals = refuse <= batch.upTo ? [refuse] : []
    this.undone.push(...passing.flatMap(({ seq, undone }) => (undone ? seq : [])), ...this.#refusals)
    return { is: 'applied', applied: this.applied, refusals: this.#refusals, ...answer }
  }

  /** @param refuse the edit of the batch to refuse, or the proposal itself */
  propose(batch: Batch, question: Question, cursor: number, refuse: number | 'it' | false): MemoryAnswer {
    const answer = this.apply(batch, cursor, typeof refuse === 'number' ? refuse : undefined)
    if (answer.is !== 'applied' || answer.applied !== batch.upTo || answer.refusals.length > 0) return answer
    const verdict = this.#settle(question, cursor, refuse === 'it')
    const read = { ...answer, changes: this.changes.slice(cursor), cursor: this.changes.length }
    return verdict ? { ...read, verdict } : read
  }

  #settle(question: Question, cursor: number, refuses: boolean): ProposalVerdict | undefined {
    const { client, n, subject } = question
    const known = this.#settled.get(client) ?? { n: 0, refusals: new Map<number, Refusal>() }
    if (known.n >= n) {
      const refusal = known.refusals.get(n)
      return refusal ? { is: 'refused', refusal } : { is: 'taken' }
    }
    const withdrawn = 'withdrawn' in question ? question.withdrawn : undefined
    const changes = 'withdrawn' in question ? [] : question.changes
    const unseen = this.#unseen(cursor)
    if (changes.some(({ collection, id }) => unseen.has(recordKey(collection, id)))) return undefined
    this.#settled.set(client, known)
    known.n = n
    if (withdrawn || refuses) {
      const refusal = { seq: -1, ...(withdrawn ?? { sqlState: '23503', message: 'no' }) }
      known.refusals.set(n, refusal)
      return { is: 'refused', refusal }
    }
    const names = new Set(changes.map(({ collection }) => collection))
    for (const net of netChanges([{ changes }], [...names])) writeStrictly(this.table(net.collection), net)
    const place = { kind: 'proposal', client, n, epoch: this.#epoch, seen: this.applied } as const
    this.changes.push({ ...place, by: subject, changes: changes.map(toRowChange), conflicts: [] })
    return { is: 'taken' }
  }

  /** What others did after a cursor. */
  look(cursor: number): Pick<MemoryAnswer, 'changes' | 'cursor'> {
    return { changes: this.changes.slice(cursor), cursor: this.changes.length }
  }

  #unseen(cursor: number): ReadonlySet<string> {
    const rows = this.changes.slice(cursor).flatMap(rowsOf)
    return new Set(rows.map(({ collection, id }) => recordKey(collection, id)))
  }

  /** Somebody else inserts a row. */
  insert(collection: string, row: Row): void {
    const id = String(row['id'])
    if (this.table(collection).has(id)) return
    this.table(collection).set(id, row)
    this.#record({ kind: 'insert', collection, id, before: {}, after: row })
  }

  /** Somebody else updates a row, by what it holds. */
  update(collection: string, id: string, change: (row: Row) => Row): void {
    const row = this.table(collection).get(id)
    if (!row) return
    const after = change(row)
    const before = Object.fromEntries(Object.keys(after).map((name) => [name, row[name] ?? null]))
    this.table(collection).set(id, { ...row, ...after })
    this.#record({ kind: 'update', collection, id, before, after })
  }

  /** Somebody else deletes a row. */
  delete(collection: string, id: string): void {
    const before = this.table(collection).get(id)
    if (!before) return
    this.table(collection).delete(id)
    this.#record({ kind: 'delete', collection, id, before, after: {} })
  }

  #record(change: ExternalRowChange): void {
    this.changes.push({ ...change, epoch: this.#epoch, seen: this.applied, by: 'psql' })
  }
}

function toRowChange(change: Change): ExternalRowChange {
  const none = { before: {}, after: {} }
  return { ...none, ...change }
}
