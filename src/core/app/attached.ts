import { allOf, anyOf, negated } from '../../protocol/normal-filter.ts'
import type { Filter } from '../../protocol/query.ts'
import type { Row, Value } from '../../protocol/value.ts'

/**
 * The beginning of the names by which a filter asks for the columns of the record that a conflict or a notification is
 * about, as it is by now. No column of a collection has such a name, so no query can ask for one.
 */
export const ATTACHED = 'record.'

/** A filter over a record, as one over what is about it. */
export function attached(filter: Filter): Filter {
  switch (filter[0]) {
    case 'and':
      return allOf(filter[1].map(attached))
    case 'or':
      return anyOf(filter[1].map(attached))
    case 'not':
      return negated(attached(filter[1]))
    case 'in':
      return ['in', ATTACHED + filter[1], filter[2]]
    case 'prefix':
      return ['prefix', ATTACHED + filter[1], filter[2]]
    case 'has':
      return ['has', ATTACHED + filter[1], filter[2]]
    default:
      return [filter[0], ATTACHED + filter[1], filter[2]]
  }
}

/**
 * A row with what its filter may ask for of the record that it is about.
 *
 * @param record the record as it is; where there is none, the row may say itself what it held
 */
export function attachRecord(row: Row, record: Row | undefined): Row {
  const about = record ?? row['was']
  if (!isRow(about)) return row
  const columns = Object.entries(about).map(([name, value]) => [ATTACHED + name, value])
  return { ...row, ...Object.fromEntries(columns) }
}

function isRow(value: Value | undefined): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The columns that a filter asks for of the record. */
export function attachedColumns(filter: Filter): string[] {
  switch (filter[0]) {
    case 'and':
    case 'or':
      return filter[1].flatMap(attachedColumns)
    case 'not':
      return attachedColumns(filter[1])
    default:
      return filter[1].startsWith(ATTACHED) ? [filter[1].slice(ATTACHED.length)] : []
  }
}
