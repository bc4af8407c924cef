import type { Context, DeleteOp, Op, UpdateOp } from '../../protocol/edit.ts'
import type { Collection, Column } from '../../protocol/manifest.ts'
import type { Row, Value } from '../../protocol/value.ts'
import type { Base, Bases, Knowledge } from '../log/base-of.ts'
import type { ConflictSide } from '../log/log.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import { sameValue } from '../records/value.ts'
import { covers, seenUpTo, type Version } from '../records/version-vector.ts'
import type { Draft } from './draft.ts'

/** An op with what is needed to judge it. */
export type Judgement<Kind extends Op = Op> = {
  draft: Draft
  collection: Collection
  op: Kind
  context: Context
  epoch: string
  /** What authors had in sight. */
  bases: Bases
}

/**
 * Whether the author has seen only its own part of what a field was merged from, and not yet what that came to. It
 * is the author's own write, so it counts as seen, and other people's part of it would be lost.
 */
export function sawOwnPart(
  judgement: Judgement<UpdateOp>,
  record: StoredRecord,
  { name, policy }: Column,
): boolean {
  if (policy.kind !== 'merge' && policy.kind !== 'text') return false
  const { upTo } = knowledge(judgement, name)
  // What this log began with was there, whichever log the author held.
  if (versionOf(record, name).seq <= (upTo ?? 0)) return false
  // Who holds no copy of a text means to replace what it has written there.
  if (policy.kind === 'text' && upTo === undefined) return false
  return !sameValue(baseOf(judgement, record, name)?.value, record.row[name] ?? null)
}

/** The value that an op's author had in sight of a field. */
export function baseOf(judgement: Judgement<UpdateOp | DeleteOp>, record: StoredRecord, field: string): Base {
  const { row } = record
  const column = judgement.collection.columns.find(({ name }) => name === field)
  if (column?.policy.kind === 'text') return baseOfText(judgement, row[field] ?? null, field)
  const given = judgement.draft.givenIn(judgement.op, field)
  if (given !== undefined) return { value: given }
  return judgement.bases.of(judgement.op, field, row[field] ?? null, knowledge(judgement, field))
}

/** The same of a text that several write, of which others' part may have met the author's own. */
function baseOfText(judgement: Judgement<UpdateOp | DeleteOp>, now: Value, field: string): Base {
  const { draft, bases, op } = judgement
  const held = draft.before(op)
  if (!held || held.deleted) return { value: now }
  const before = held.row[field] ?? null
  const seen = bases.ofText(op, field, before, knowledge(judgement, field))
  if (sameValue(before, now)) return seen
  // This edit itself has written it before.
  return seen && sameValue(seen.value, before) ? { value: now } : undefined
}

/** The values that an op's author had in sight of several fields; nothing where one of them is not known. */
export function baseOfRow(
  judgement: Judgement<UpdateOp | DeleteOp>,
  record: StoredRecord,
  fields: readonly string[],
): { readonly base?: Row } {
  const row: Record<string, Row[string]> = {}
  for (const field of fields) {
    const base = baseOf(judgement, record, field)
    if (!base) return {}
    row[field] = base.value
  }
  return { base: row }
}

/** The knowledge of an op's author of the log, as far as a field goes; what no view of it had, it had not seen. */
function knowledge({ draft, context, epoch, op }: Judgement<UpdateOp | DeleteOp>, field: string): Knowledge {
  const { asOf = {} } = op
  const isUnknown = op.blind || context.epoch !== epoch || asOf[field] === 0 || asOf['id'] === 0
  return {
    upTo: isUnknown ? undefined : seenUpTo(context, op, field),
    has: (version) => covers({ ...context, seq: 0 }, epoch, draft.version.actor, version),
  }
}

/** The common part of all conflicts about a deletion. */
export function deleteConflict({ draft, collection, op }: Judgement<UpdateOp | DeleteOp>) {
  return {
    seq: draft.version.seq,
    collection: op.collection,
    id: op.id,
    policy: `deletes-${collection.deletes}`,
  }
}

export function sideOf(version: Version, value: ConflictSide['value']): ConflictSide {
  return { actor: version.actor, n: version.n, value }
}

/**
 * Whether an op is meant for this record, and not for an earlier one of the same id. That can only be
 * told of an author who held the record in this log; any other means the one there is.
 */
export function meansThisLife(
  judgement: Judgement<UpdateOp | DeleteOp>,
  { birth }: Pick<StoredRecord, 'birth'>,
): boolean {
  const { op, context, epoch } = judgement
  return op.blind === true || context.epoch !== epoch || hasSeen(judgement, birth, 'id')
}

/**
 * Whether an op's author had seen a write.
 *
 * @param field the field that was written, `id` for the birth; left out for a deletion, which nothing hides
 */
export function hasSeen(
  { draft, context, epoch, op }: Judgement<UpdateOp | DeleteOp>,
  version: Version,
  field?: string,
): boolean {
  if (version === draft.version) return true
  // A blind op's author held no live copy, so the prefix says nothing; its own edits it does know.
  const held = op.blind ? { ...context, seq: 0 } : context
  const seq = field === undefined ? held.seq : seenUpTo(held, op, field)
  return covers({ ...held, seq }, epoch, draft.version.actor, version)
}
