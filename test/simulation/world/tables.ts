import { recordKey } from '../../../src/core/records/record.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { filled } from './defaults.ts'

/** Why a database refused something, as Postgres says it. */
export type Violation = {
  readonly sqlState: string
  readonly constraint?: string
  readonly message: string
}

/** A column that has to name a row of another table. */
const REFERENCES: Readonly<Record<string, readonly { column: string; to: string; constraint: string }[]>> = {
  cards: [{ column: 'assigneeId', to: 'assignees', constraint: 'cards_assignee' }],
  prizes: [{ column: 'cardId', to: 'cards', constraint: 'prizes_card' }],
}

/** A column whose values are all different. */
const UNIQUE: Readonly<Record<string, { column: string; constraint: string }>> = {
  cards: { column: 'number', constraint: 'cards_number' },
}

/** One tenant's tables with their constraints, which hold at the end of each edit. */
export class Tables {
  readonly #tables = new Map<string, Map<string, Row>>()
  /** What to put back, the newest last, while something is tried. */
  #undo: (() => void)[] = []

  copy(): ReadonlyMap<string, ReadonlyMap<string, Row>> {
    return new Map([...this.#tables].map(([name, rows]) => [name, new Map(rows)]))
  }

  replace(tables: ReadonlyMap<string, ReadonlyMap<string, Row>>): void {
    this.#tables.clear()
    for (const [name, rows] of tables) this.#tables.set(name, new Map(rows))
  }

  /** Is there a row in any of them? */
  get isFilled(): boolean {
    return [...this.#tables.values()].some((rows) => rows.size > 0)
  }

  rows(collection: string): ReadonlyMap<string, Row> {
    return this.#table(collection)
  }

  row(collection: string, id: string): Row | undefined {
    return this.#table(collection).get(id)
  }

  /** Writes or, without a row, deletes. */
  put(collection: string, id: string, row: Row | undefined): void {
    const table = this.#table(collection)
    const before = table.get(id)
    this.#undo.push(() => (before ? table.set(id, before) : table.delete(id)))
    if (row) table.set(id, filled(collection, row))
    else table.delete(id)
  }

  /**
   * Does something as a whole: what it writes stays if it breaks no constraint and throws nothing.
   *
   * @param touched keys of the records that it may write
   */
  attempt(
    work: () => Violation | undefined,
    touched: () => Iterable<readonly [string, string]>,
  ): Violation | undefined {
    this.#undo = []
    const violation = work() ?? this.#violated([...touched()])
    if (violation) this.takeBack()
    return violation
  }

  /** Takes back what was written since the last attempt began. */
  takeBack(): void {
    for (const undo of this.#undo.reverse()) undo()
    this.#undo = []
  }

  #violated(touched: readonly (readonly [string, string])[]): Violation | undefined {
    for (const [collection, id] of new Map(touched.map((one) => [recordKey(...one), one])).values()) {
      const row = this.row(collection, id)
      const violation = row ? this.#misplaced(collection, row) : this.#missed(collection, id)
      if (violation) return violation
    }
    return undefined
  }

  /** A row that names one which is not there, or is called like another. */
  #misplaced(collection: string, row: Row): Violation | undefined {
    for (const { column, to, constraint } of REFERENCES[collection] ?? []) {
      if (!this.row(to, String(row[column]))) return violation('23503', constraint)
    }
    return this.clash(collection, row, row['id'])
  }

  /** Is there a row, other than that of an id, that is called like this one? */
  clash(collection: string, row: Row, except?: Row[string]): Violation | undefined {
    const unique = UNIQUE[collection]
    if (!unique) return undefined
    const { column, constraint } = unique
    const others = [...this.#table(collection).values()].filter(({ id }) => id !== except)
    return others.some((other) => other[column] === row[column]) ? violation('23505', constraint) : undefined
  }

  /** A row that is gone while another names it. */
  #missed(collection: string, id: string): Violation | undefined {
    for (const [from, references] of Object.entries(REFERENCES)) {
      for (const { column, to, constraint } of references) {
        if (to !== collection) continue
        if ([...this.#table(from).values()].some((row) => row[column] === id))
          return violation('23503', constraint)
      }
    }
    return undefined
  }

  #table(collection: string): Map<string, Row> {
    const table = this.#tables.get(collection) ?? new Map<string, Row>()
    this.#tables.set(collection, table)
    return table
  }
}

function violation(sqlState: string, constraint: string): Violation {
  return { sqlState, constraint, message: `violates "${constraint}"` }
}
