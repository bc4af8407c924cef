import { DigestSum, type RowsDigest } from '../../src/core/query/digest.ts'
import { valuesOf } from '../../src/core/query/view.ts'
import type { Row } from '../../src/protocol/value.ts'

/** What rows come to, written in their view's columns. */
export function digestOf(rows: Iterable<Row>, columns: readonly string[]): RowsDigest {
  const sum = new DigestSum()
  for (const row of rows) sum.add(valuesOf({ columns }, row))
  return sum.result
}
