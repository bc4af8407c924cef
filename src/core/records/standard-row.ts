import type { Collection, Column } from '../../protocol/manifest.ts'
import type { Row, Value } from '../../protocol/value.ts'

/**
 * The value that a column holds where nothing is said of it: its default, or else null. Null that is said is a value
 * like any other, so this stands in for what is absent alone.
 */
export function standardOf({ default: standard = null }: Column): Value {
  return standard
}

/** The row of a record of which nothing else is known than that it is one of the collection. */
export function standardRow({ columns }: Pick<Collection, 'columns'>): Row {
  return Object.fromEntries(columns.map((column) => [column.name, standardOf(column)]))
}

/** The complete row of a record: of each of the collection's columns what is said, or what stands where nothing is. */
export function filledRow(collection: Pick<Collection, 'columns'>, said: Row): Row {
  const { columns } = collection
  const known = columns.flatMap(({ name }): [string, Value][] => {
    const value = Object.hasOwn(said, name) ? said[name] : undefined
    return value === undefined ? [] : [[name, value]]
  })
  return { ...standardRow(collection), ...Object.fromEntries(known) }
}
