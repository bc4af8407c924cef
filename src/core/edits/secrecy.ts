import type { Op } from '../../protocol/edit.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Collection } from '../../protocol/manifest.ts'
import { isEverything } from '../../protocol/normal-filter.ts'
import { matches } from '../query/filter.ts'
import type { Rights } from '../query/view.ts'
import type { Aside } from '../records/aside.ts'
import type { StoredRecord } from '../records/record.ts'
import { notFound, recordExists, unknownColumn } from './refusals.ts'

/** The record that an operation means: as it is kept, or why Postgres holds one that cannot be. */
type Meant = { readonly existing: StoredRecord | undefined; readonly aside: Aside | undefined }

/**
 * The columns come first, before any record or rule is looked at: so a name that is hidden and one that never was have
 * the same answer, whatever else an operation says.
 */
export function whyUnknown(
  { columns }: Collection,
  { hidden }: Pick<Rights, 'hidden'>,
  op: Op,
): WireError | undefined {
  const named = op.op === 'update' ? op.fields : op.op === 'insert' ? op.values : {}
  const isKnown = (name: string) => !hidden.includes(name) && columns.some((column) => column.name === name)
  const unknown = Object.keys(named).find((name) => !isKnown(name))
  return unknown === undefined ? undefined : unknownColumn(unknown)
}

/**
 * Then the record, before a rule of the application is asked: a record that its author may not see is answered as one
 * that is not there. Of an insert only the id is judged, which is one for all.
 */
export function whyUnseen({ read }: Rights, op: Op, { existing, aside }: Meant): WireError | undefined {
  // Of a record that was never held here nobody can say whether a rule would show it.
  const isSeen = existing ? matches(read, existing.row) : aside !== undefined && isEverything(read)
  if (isSeen) return undefined
  if (op.op !== 'insert') return notFound(op.id)
  const isTaken = aside !== undefined || (existing !== undefined && !existing.deleted)
  return isTaken ? recordExists(op.id) : undefined
}

/** An error as its author may know it: a hidden column that an insert has to fill is not named. */
export function inWordsOf({ hidden }: Pick<Rights, 'hidden'>, error: WireError): WireError {
  if (!hidden.some((name) => name === error.ref)) return error
  return wireError('write-refused', 'Such a record cannot be created with your rights.')
}
