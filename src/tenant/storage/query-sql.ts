import { ATTACHED } from '../../core/app/attached.ts'
import { NOTIFICATIONS } from '../../core/app/built-in.ts'
import type { Filter, Operand } from '../../protocol/query.ts'

/** A condition of SQLite with the values that it binds: one at most, `?1`. */
type Sql = { readonly text: string; readonly values: readonly string[] }

/**
 * A column of a record. Names are checked against the manifest before they get here, and are letters, digits
 * and underscores.
 */
export const columnSql = (name: string) => `row ->> '$.${name}'`

/** An indexed one. The same text is in its index, or SQLite would not use it. */
export const keySql = (name: string) => `keys ->> '$.${name}'`

/** The writing of a collection's columns in SQL: of one, and of a list as a table of its items. */
export type ColumnsSql = {
  readonly column: (name: string) => string
  readonly list: (name: string) => string
}

/** Of a collection with these indexed columns. */
export function columnsSql(collection: string, indexed: readonly string[] = []): ColumnsSql {
  const about = collection === NOTIFICATIONS ? livingOrSaid : ended
  return {
    column(name) {
      if (name.startsWith(ATTACHED)) return about((row) => `${row} ->> '$.${name.slice(ATTACHED.length)}'`)
      return indexed.includes(name) ? keySql(name) : columnSql(name)
    },
    list(name) {
      if (!name.startsWith(ATTACHED)) return `json_each(row, '$.${name}')`
      return `json_each(${about((row) => `json_extract(${row}, '$.${name.slice(ATTACHED.length)}')`)})`
    },
  }
}

/** Something of the record that a conflict is about, as it is by now or was when it ended. */
function ended(of: (row: string) => string): string {
  return `(SELECT ${of('about.row')} ${ABOUT})`
}

/** Something of the record that a notification is about, as it is by now; or as the notification says that it was. */
function livingOrSaid(of: (row: string) => string): string {
  const said = of("(record.row -> '$.was')")
  return `(SELECT ${of('about.row')} ${ABOUT} AND about.deleted_seq IS NULL UNION ALL SELECT ${said} LIMIT 1)`
}

const ABOUT = `FROM record AS about
  WHERE about.collection = record.row ->> '$.collection' AND about.id = record.row ->> '$.record'`

/**
 * A filter for SQLite. It lets through what `matches` does; a comparison with null is not true, and
 * `not` takes it for false.
 *
 * All that the filter compares with travels as one list of JSON, because a statement binds a hundred values at
 * most. SQLite reads each of them once, and as it reads the records: by the same rules for large numbers, and
 * true and false as 1 and 0.
 */
export function filterSql(filter: Filter, columns: ColumnsSql): Sql {
  const asked = new Asked(columns)
  const text = asked.sql(filter)
  return { text, values: asked.values.length > 0 ? [JSON.stringify(asked.values)] : [] }
}

/** A filter on its way into SQL, with the values that it compares with. */
class Asked {
  readonly values: (Operand | readonly Operand[])[] = []
  readonly #columns: ColumnsSql

  constructor(columns: ColumnsSql) {
    this.#columns = columns
  }

  sql(filter: Filter): string {
    switch (filter[0]) {
      case 'and':
        return this.#joined(filter[1], 'AND', 'TRUE')
      case 'or':
        return this.#joined(filter[1], 'OR', 'FALSE')
      case 'not':
        return `(${this.sql(filter[1])}) IS NOT TRUE`
    }
    const column = this.#columns.column(filter[1])
    switch (filter[0]) {
      case '=':
        return filter[2] === null ? `${column} IS NULL` : `${column} = ${this.#value(filter[2])}`
      case 'in':
        return this.#listed(column, filter[2])
      case 'prefix': {
        const beginning = this.#value(filter[2])
        return `${column} >= ${beginning} AND substr(${column}, 1, length(${beginning})) = ${beginning}`
      }
      case 'has': {
        const item = this.#value(filter[2])
        return `EXISTS (SELECT 1 FROM ${this.#columns.list(filter[1])} AS item WHERE item.value = ${item})`
      }
      default:
        return `${column} ${filter[0]} ${this.#value(filter[2])}`
    }
  }

  /** Half by half: SQLite counts a chain of a hundred as nested a hundred deep, and takes no more. */
  #joined(parts: readonly Filter[], operator: string, none: string): string {
    const [first] = parts
    if (!first) return none
    if (parts.length === 1) return this.sql(first)
    const half = Math.ceil(parts.length / 2)
    const sides = [parts.slice(0, half), parts.slice(half)]
    return sides.map((side) => `(${this.#joined(side, operator, none)})`).join(` ${operator} `)
  }

  #listed(column: string, wanted: readonly Operand[]): string {
    const place = this.#place(wanted.filter((value) => value !== null))
    const list = `${column} IN (SELECT value FROM json_each(?1, '$[${place}]'))`
    return wanted.includes(null) ? `${column} IS NULL OR ${list}` : list
  }

  #value(value: Operand): string {
    return `(?1 ->> ${this.#place(value)})`
  }

  #place(value: Operand | readonly Operand[]): number {
    return this.values.push(value) - 1
  }
}
