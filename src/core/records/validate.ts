import type { ErrorCode } from '../../protocol/errors.ts'
import type { Collection, Column } from '../../protocol/manifest.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { canonicalItems, itemsOf } from './items.ts'
import { standardOf } from './standard-row.ts'

/** The reason for which a value or row does not fit its columns. */
export type InvalidValue = { code: ErrorCode; message: string; column: string }

/** Checks that a value can be stored in a column. Nothing is converted: "1" is not 1. */
export function checkValue(column: Column, value: Value): InvalidValue | undefined {
  const invalid = (message: string): InvalidValue => ({ code: 'bad-value', message, column: column.name })
  if (value === null) return column.nullable ? undefined : invalid(`"${column.name}" cannot be empty.`)
  const expected = describe(column, value) ?? column.form?.wants?.(value)
  return expected === undefined ? undefined : invalid(`"${column.name}" must be ${expected}.`)
}

/** What the column wants instead of `value`, or undefined when it fits. */
function describe(column: Column, value: Value): string | undefined {
  switch (column.type) {
    case 'text':
      if (typeof value !== 'string') return 'text'
      return column.values && !column.values.includes(value)
        ? `one of ${column.values.join(', ')}`
        : undefined
    case 'integer':
      return Number.isInteger(value) && Math.abs(Number(value)) <= MAX_INT4
        ? undefined
        : 'a whole number of 32 bits'
    case 'bigint':
      return Number.isSafeInteger(value) ? undefined : 'a whole number below 2^53'
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'a number'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'date':
      return typeof value === 'string' && isDate(value) ? undefined : 'a date such as 2026-01-31'
    case 'timestamp':
      return typeof value === 'string' && isTimestamp(value)
        ? undefined
        : 'a time such as 2026-01-31T12:00:00.000Z'
    case 'text[]':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? undefined
        : 'a list of texts'
    case 'json':
      return undefined
  }
}

/** Postgres `integer`; its one further negative value is given up for symmetry. */
const MAX_INT4 = 2_147_483_647

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

/** Whether a text is a day that there is, in the years that Postgres and JavaScript write alike. */
export function isDate(text: string): boolean {
  const match = DATE.exec(text)
  if (!match) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text)
  return match?.[1] !== undefined && isDate(match[1])
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** What a column holds when an insert says nothing of it; undefined when it has to be said. */
function standardValue(column: Column): Value | undefined {
  const standard = standardOf(column)
  return standard === null && !column.nullable ? undefined : standard
}

/** An inserted record's complete row, defaults filled in, or why it cannot be made. */
export function completeRow(
  collection: Collection,
  id: string,
  values: Row,
): { row: Row } | { invalid: InvalidValue } {
  const row: Record<string, Value> = {}
  for (const column of collection.columns) {
    const given = Object.hasOwn(values, column.name) ? values[column.name] : undefined
    if (column.name === 'id') {
      if (given !== undefined && given !== id) {
        return {
          invalid: { code: 'bad-value', message: 'The id in the values is another one.', column: 'id' },
        }
      }
      row['id'] = id
      continue
    }
    if (given !== undefined && column.policy.kind === 'effect') {
      const message = `"${column.name}" is written by the application itself.`
      return { invalid: { code: 'effect-only', message, column: column.name } }
    }
    const value = given === undefined ? standardValue(column) : given
    if (value === undefined) {
      return {
        invalid: { code: 'missing-value', message: `"${column.name}" needs a value.`, column: column.name },
      }
    }
    const invalid = checkValue(column, value)
    if (invalid) return { invalid }
    row[column.name] = column.policy.kind === 'set' && value !== null ? canonicalItems(itemsOf(value)) : value
  }
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(row, name))
  if (unknown !== undefined) {
    return { invalid: { code: 'unknown-column', message: `"${unknown}" is not a column.`, column: unknown } }
  }
  return { row }
}
