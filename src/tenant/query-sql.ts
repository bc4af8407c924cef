import type { Filter } from '../protocol/query.ts'
import type { Value } from '../protocol/value.ts'

/** A condition of SQLite with the values that it binds. */
type Sql = { readonly text: string; readonly values: readonly (string | number)[] }

/**
 * A column of a record. Names are checked against the manifest before they get here, and are letters, digits
 * and underscores.
 */
export const columnSql = (name: string) => `row ->> '$.${name}'`

/** An indexed one. The same text is in its index, or SQLite would not use it. */
export const keySql = (name: string) => `keys ->> '$.${name}'`

/** How a collection's columns are written in SQL. */
export type ColumnSql = (name: string) => string

/** Of a collection with these indexed columns. */
export function columnsSql(keys: readonly string[] = []): ColumnSql {
  return (name) => (keys.includes(name) ? keySql(name) : columnSql(name))
}

/**
 * A filter for SQLite. It lets through what `matches` does; a comparison with null is not true, and
 * `not` takes it for false.
 */
export function filterSql(filter: Filter, columnSql: ColumnSql): Sql {
  switch (filter[0]) {
    case 'and':
      return joined(filter[1], columnSql, ' AND ', 'TRUE')
    case 'or':
      return joined(filter[1], columnSql, ' OR ', 'FALSE')
    case 'not': {
      const { text, values } = filterSql(filter[1], columnSql)
      return { text: `(${text}) IS NOT TRUE`, values }
    }
    case '=':
      return filter[2] === null
        ? { text: `${columnSql(filter[1])} IS NULL`, values: [] }
        : { text: `${columnSql(filter[1])} = ?`, values: [bound(filter[2])] }
    case 'in':
      return listSql(columnSql(filter[1]), filter[2])
    case 'prefix': {
      const column = columnSql(filter[1])
      return {
        text: `${column} >= ? AND substr(${column}, 1, ?) = ?`,
        values: [filter[2], [...filter[2]].length, filter[2]],
      }
    }
    case 'has':
      return {
        text: `EXISTS (SELECT 1 FROM json_each(row, '$.${filter[1]}') AS item WHERE item.value = ?)`,
        values: [bound(filter[2])],
      }
    default:
      return { text: `${columnSql(filter[1])} ${filter[0]} ?`, values: [bound(filter[2])] }
  }
}

function joined(parts: readonly Filter[], columnSql: ColumnSql, operator: string, none: string): Sql {
  if (parts.length === 0) return { text: none, values: [] }
  const sqls = parts.map((part) => filterSql(part, columnSql))
  return {
    text: sqls.map(({ text }) => `(${text})`).join(operator),
    values: sqls.flatMap(({ values }) => values),
  }
}

/** One bound text for the whole list: a statement takes a hundred values at most. */
function listSql(column: string, wanted: readonly Value[]): Sql {
  const list = {
    text: `${column} IN (SELECT value FROM json_each(?))`,
    values: [JSON.stringify(wanted.filter((value) => value !== null))],
  }
  return wanted.includes(null) ? { ...list, text: `${column} IS NULL OR ${list.text}` } : list
}

/** SQLite reads true and false in JSON as 1 and 0. */
function bound(value: Value): string | number {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string' || typeof value === 'number') return value
  throw new Error('a query compares with texts, numbers, true and false')
}
