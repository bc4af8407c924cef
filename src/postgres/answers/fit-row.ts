import { bytesOf, MAX_RECORD_BYTES } from '../../core/external/fit-log.ts'
import type { Unfit } from '../../core/records/aside.ts'
import { checkValue } from '../../core/records/validate.ts'
import { whyNoId } from '../../protocol/ids.ts'
import type { Column } from '../../protocol/manifest.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { SIZE } from '../statements/read-statements.ts'

/** Why something that Postgres holds cannot be a record here. */
type Fault = Omit<Unfit, 'id'>

/**
 * Tells why a row that was read from Postgres cannot be a record; undefined when it can. To show it changed would
 * write the change back some day.
 *
 * @param columns those that were read
 */
export function whyUnfit(id: string, row: Row, columns: readonly Column[]): Fault | undefined {
  const reason = whyNoId(id)
  if (reason !== undefined) return { reason }
  const tooLarge = { reason: `It has more than ${MAX_RECORD_BYTES} bytes.` }
  if (Object.hasOwn(row, SIZE)) return tooLarge
  for (const column of columns) {
    const fault = whyNoValue(column, row[column.name] ?? null)
    if (fault) return fault
  }
  return bytesOf(row) <= MAX_RECORD_BYTES ? undefined : tooLarge
}

/** Why a value is not exactly what Postgres holds, or not what its column is declared to hold. */
function whyNoValue(column: Column, value: Value): Fault | undefined {
  const invalid = checkValue(column, value)
  if (invalid) return { reason: invalid.message, column: column.name }
  if (column.type !== 'json' || hasFiniteNumbers(value)) return undefined
  return { reason: `"${column.name}" holds a number of 10^308 or more.`, column: column.name }
}

/** JSON of Postgres has numbers of any size. */
function hasFiniteNumbers(value: Value): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(hasFiniteNumbers)
}
