import type { Change, LogEntry } from '../../../src/core/log/log.ts'
import type { Batch, Refusal } from '../../../src/core/outbox/batch.ts'
import { recordKey } from '../../../src/core/records/record.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { writeStrictly } from '../../support/strict-table.ts'
import type { Judge } from '../judge/judge.ts'
import type { Tables, Violation } from '../world/tables.ts'

/** Writes what a log sends into a tenant's tables, as a whole or edit by edit. */
export class BatchWriter {
  readonly #tables: Tables
  readonly #judge: Judge

  constructor(tables: Tables, judge: Judge) {
    this.#tables = tables
    this.#judge = judge
  }

  /** The whole batch at once, as it came set-wise; false if the database refuses some of it. */
  setWise({ net, entries: edits }: Batch): boolean {
    const touched = touchedBy(edits.flatMap(({ changes }) => changes))
    const expected = this.#tryEdits(edits, touched)
    const refused = this.#tables.attempt(
      () => {
        for (const part of net) {
          const rows = new Map(this.#tables.rows(part.collection))
          try {
            writeStrictly(rows, part)
          } catch (thrown) {
            return { sqlState: 'TM002', message: String(thrown) }
          }
          const ids = [...part.inserts.map(idOf), ...part.updates.map(({ id }) => id), ...part.deletes]
          for (const id of ids) this.#tables.put(part.collection, id, rows.get(id))
        }
        return undefined
      },
      () => touched,
    )
    if (refused) return false
    // As a whole they may pass where one alone would have been refused on the way.
    if (!expected) return true
    for (const [place, [collection, id]] of touched.entries()) {
      const is = JSON.stringify(sorted(this.#tables.row(collection, id)))
      const told = () => `set-wise ${collection} ${id} is ${is}, one by one ${expected[place]}`
      this.#judge.check('G4', is === expected[place], told)
    }
    return true
  }

  /** What edits come to one by one, without keeping it; undefined when one is refused on the way. */
  #tryEdits(
    edits: readonly LogEntry[],
    touched: readonly (readonly [string, string])[],
  ): string[] | undefined {
    const before = touched.map((key) => this.#tables.row(...key))
    const isRefused = edits.some(({ changes }) => this.edit(changes))
    const rows = touched.map((key) => JSON.stringify(sorted(this.#tables.row(...key))))
    for (const [place, key] of touched.entries()) this.#tables.put(...key, before[place])
    return isRefused ? undefined : rows
  }

  /** One edit after the other, up to the first that is refused. */
  oneByOne({ entries: edits }: Batch): Refusal | undefined {
    for (const { seq, changes } of edits) {
      const violation = this.edit(changes)
      if (violation) return { seq, ...violation }
    }
    return undefined
  }

  /** One edit as a whole. */
  edit(changes: readonly Change[]): Violation | undefined {
    return this.#tables.attempt(
      () => {
        for (const change of changes) {
          const violation = this.#applyChange(change)
          if (violation) return violation
        }
        return undefined
      },
      () => touchedBy(changes),
    )
  }

  #applyChange(change: Change): Violation | undefined {
    const { collection, id } = change
    const row = this.#tables.row(collection, id)
    if (change.kind === 'insert') {
      // Postgres looks at the keys that are not the id first.
      const clash = row && this.#tables.clash(collection, change.after)
      if (row) return clash ?? { sqlState: 'TM002', message: `a record of ${collection} exists already` }
      this.#tables.put(collection, id, change.after)
      return undefined
    }
    if (!row) return { sqlState: 'TM001', message: `a record of ${collection} is missing` }
    if (change.kind === 'delete') this.#tables.put(collection, id, undefined)
    else {
      const sums = Object.entries(change.adds ?? {}).map(
        ([name, by]) => [name, Number(row[name]) + by] as const,
      )
      this.#tables.put(collection, id, { ...row, ...change.after, ...Object.fromEntries(sums) })
    }
    return undefined
  }
}

const idOf = (row: Row) => String(row['id'])

function touchedBy(changes: readonly Change[]): (readonly [string, string])[] {
  const keys = changes.map(({ collection, id }) => [collection, id] as const)
  return [...new Map(keys.map((key) => [recordKey(...key), key])).values()]
}

function sorted(row: Row | undefined): unknown {
  return row && Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))
}
