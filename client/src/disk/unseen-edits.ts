import { recordKey } from '../../../src/core/records/record.ts'
import type { Edit, Op } from '../../../src/protocol/edit.ts'

/** What an operation is about: a field of a record, or all of it. */
type Touched = { readonly record: string; readonly field?: string }

/** Edits of other pages from `first` to `last`, as far as they are still stored, by rising n. */
export type Missed = { readonly edits: readonly Edit[]; readonly first: number; readonly last: number }

/**
 * An edit that says what its author had not seen. Pages that share a client id count as one author, whose own edits are
 * taken as seen: what another page has stored meanwhile, and this one never got, would be overwritten without a trace.
 *
 * @param own edits of this page that are between; what they touch was theirs to say
 */
export function withUnseen(edit: Edit, clientId: string, missed: Missed, own: readonly Edit[] = []): Edit {
  const said = own.flatMap(touchedBy)
  const ours = touchedBy(edit).filter((one) => !said.some((other) => meet(one, other)))
  const first = firstUnseen(ours, missed)
  if (first === undefined) return edit
  const { context } = edit
  const n = Math.min(first, context.seen?.[clientId] ?? first)
  return { ...edit, context: { ...context, seen: { ...context.seen, [clientId]: n } } }
}

function firstUnseen(ours: readonly Touched[], { edits, first, last }: Missed): number | undefined {
  if (ours.length === 0) return undefined
  // What has ended and is gone from the store may have touched anything; the server knows what it did.
  if (last - first + 1 > edits.length) return first
  return edits.find((other) => touchedBy(other).some((theirs) => ours.some((one) => meet(one, theirs))))?.n
}

function touchedBy({ ops }: Edit): Touched[] {
  return ops.flatMap((op) => {
    const record = recordKey(op.collection, op.id)
    const fields = fieldsOf(op)
    return fields ? fields.map((field) => ({ record, field })) : [{ record }]
  })
}

/** The fields of an update; anything else is about the whole record. */
function fieldsOf(op: Op): string[] | undefined {
  return op.op === 'update' ? Object.keys(op.fields) : undefined
}

function meet(one: Touched, other: Touched): boolean {
  if (one.record !== other.record) return false
  return one.field === undefined || other.field === undefined || one.field === other.field
}
