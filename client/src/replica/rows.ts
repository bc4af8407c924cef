import { sameValue } from '../../../src/core/records/value.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { RowSync } from '../api/types.ts'
import type { ShownRow } from './shown-row.ts'

/** `previous` if it shows the same, so that a row that did not change stays the same object. */
export function keepIfSame(previous: ShownRow | undefined, row: ShownRow): ShownRow {
  return previous && sameSync(previous.$sync, row.$sync) && sameValue(previous, row) ? previous : row
}

function sameSync(a: RowSync, b: RowSync): boolean {
  return a.pending === b.pending && a.committing === b.committing && sameError(a.error, b.error)
}

function sameError(a: WireError | undefined, b: WireError | undefined): boolean {
  return a === b || (a?.code === b?.code && a?.message === b?.message && a?.ref === b?.ref)
}
