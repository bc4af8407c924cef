import type { Batch, OutsideChange } from '../../src/core/batch.ts'
import { netChanges } from '../../src/core/outbox.ts'
import { recordKey } from '../../src/core/record.ts'
import type { Row } from '../../src/protocol/value.ts'
import { writeStrictly } from './strict-table.ts'

/** What a batch came to, and the outside changes after the cursor that was sent. */
export type MemoryAnswer = {
  readonly is: 'applied' | 'behind'
  readonly applied: number
  /** Refusals of the last batch that was applied. */
  readonly refusals: readonly number[]
  readonly changes: readonly OutsideChange[]
  readonly cursor: number
}

/**
 * Postgres as the object knows it, in memory: tables, a ledger, and the list of what others changed.
 * A cursor is a length of that list. Nothing here merges: it only does as it is told.
 */
export class MemoryPostgres {
  applied = 0
  readonly changes: OutsideChange[] = []
  /** Seqs of edits that were undone, as the history tells. */
  readonly undone: number[] = []
  #refusals: number[] = []
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
    const unseen = new Set(changes.map(({ collection, id }) => recordKey(collection, id)))
    const touched = batch.edits.flatMap((edit) =>
      edit.changes.map(({ collection, id }) => recordKey(collection, id)),
    )
    if (touched.some((key) => unseen.has(key)))
      return { is: 'behind', applied: this.applied, refusals: [], ...answer }
    const passing = batch.edits.filter(({ seq }) => seq < refuse)
    const names = new Set(passing.flatMap(({ changes }) => changes.map(({ collection }) => collection)))
    for (const net of netChanges(passing, [...names])) writeStrictly(this.table(net.collection), net)
    this.applied = Math.min(refuse, batch.upTo)
    this.#refusals = refuse <= batch.upTo ? [refuse] : []
    this.undone.push(...passing.flatMap(({ seq, undone }) => (undone ? seq : [])), ...this.#refusals)
    return { is: 'applied', applied: this.applied, refusals: this.#refusals, ...answer }
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

  #record(change: Omit<OutsideChange, 'epoch' | 'seen' | 'by'>): void {
    this.changes.push({ ...change, epoch: this.#epoch, seen: this.applied, by: 'psql' })
  }
}
