import type { Context, DeleteOp, InsertOp, Op, UpdateOp } from '../../protocol/edit.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Collection, Column } from '../../protocol/manifest.ts'
import type { ConflictSide } from '../log/log.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import { checkValue, completeRow } from '../records/validate.ts'
import { covers, seenUpTo, type Version } from '../records/version-vector.ts'
import type { Draft } from './draft.ts'
import { writeField } from './write-field.ts'

/** An op with what is needed to judge it. */
type Judgement<Kind extends Op = Op> = {
  draft: Draft
  collection: Collection
  op: Kind
  context: Context
  epoch: string
}

/** Applies one operation of a client to a draft. Returns why it cannot be, if it cannot. */
export function applyOp({ op, ...rest }: Judgement): WireError | undefined {
  switch (op.op) {
    case 'insert':
      return applyInsert({ op, ...rest })
    case 'update':
      return applyUpdate({ op, ...rest })
    case 'delete':
      return applyDelete({ op, ...rest })
  }
}

function applyInsert({ draft, collection, op }: Judgement<InsertOp>): WireError | undefined {
  const existing = draft.record(op.collection, op.id)
  if (existing && !existing.deleted) return wireError('exists', `There is a record "${op.id}" already.`)
  if (existing?.deleted === draft.version) return deletedByItself()
  const complete = completeRow(collection, op.id, op.values)
  if ('invalid' in complete) {
    const { code, message, column } = complete.invalid
    return wireError(code, message, { ref: column })
  }
  draft.put({
    collection: op.collection,
    id: op.id,
    row: complete.row,
    birth: draft.version,
    versions: {},
  })
  return undefined
}

function applyUpdate(judgement: Judgement<UpdateOp>): WireError | undefined {
  const { draft, collection, op } = judgement
  if (collection.insertOnly) return wireError('insert-only', `Records of "${op.collection}" cannot change.`)
  // Every field is looked at before the record is, so that bad input never leaves a conflict behind.
  for (const [name, fieldOp] of Object.entries(op.fields)) {
    const column = writableColumn(collection, name)
    if ('code' in column) return column
    const invalid = 'set' in fieldOp ? checkValue(column, fieldOp.set) : undefined
    if (invalid) return wireError(invalid.code, invalid.message, { ref: name })
  }
  const record = draft.record(op.collection, op.id)
  if (!record) return notFound(op.id)
  if (record.deleted) return updateDeleted(judgement, record, record.deleted)
  if (!meansThisLife(judgement, record)) {
    // The author meant an earlier record of this id, which was deleted and created anew since.
    keepLostUpdate(judgement, record.birth)
    return undefined
  }
  return mergeFields(judgement)
}

function mergeFields(judgement: Judgement<UpdateOp>): WireError | undefined {
  const { draft, collection, op } = judgement
  for (const [name, incoming] of Object.entries(op.fields)) {
    const column = writableColumn(collection, name)
    const record = draft.record(op.collection, op.id)
    if ('code' in column || !record) throw new Error('fields are checked before they are merged')
    const concurrent = !hasSeen(judgement, versionOf(record, name), name)
    const merged = writeField(draft, record, column, { by: 'client', op: incoming, concurrent })
    if (merged.outcome === 'rejected') return merged.error
  }
  return undefined
}

/** An update meets a tombstone: in sight of it, a mistake; concurrent with it, a matter of policy. */
function updateDeleted(
  judgement: Judgement<UpdateOp>,
  record: StoredRecord,
  deleted: Version,
): WireError | undefined {
  const { draft, collection, op } = judgement
  if (hasSeen(judgement, deleted)) return notFound(op.id)
  if (collection.deletes === 'win' || !meansThisLife(judgement, record)) {
    keepLostUpdate(judgement, deleted)
    return undefined
  }
  draft.revive(record)
  draft.conflicts.push({
    ...deleteConflict(judgement),
    winner: sideOf(draft.version, { ...record.row }),
    loser: sideOf(deleted, null),
  })
  return mergeFields(judgement)
}

function applyDelete(judgement: Judgement<DeleteOp>): WireError | undefined {
  const { draft, collection, op } = judgement
  if (collection.insertOnly)
    return wireError('insert-only', `Records of "${op.collection}" cannot be deleted.`)
  const record = draft.record(op.collection, op.id)
  if (!record) return notFound(op.id)
  // Two people deleting the same record agree; so do a delete and a re-creation it never saw.
  if (record.deleted) {
    if (hasSeen(judgement, record.deleted)) return notFound(op.id)
    draft.agree({ kind: 'delete', collection: op.collection, id: op.id, before: record.row })
    return undefined
  }
  if (!meansThisLife(judgement, record)) return undefined
  // A field as the record was born with it can only be unseen if an own edit hid it.
  const fields = [...Object.keys(record.versions), ...Object.keys(op.asOf ?? {})]
  const field = fields.find((name) => !hasSeen(judgement, versionOf(record, name), name))
  const unseen = field === undefined ? undefined : versionOf(record, field)
  if (unseen && collection.deletes === 'lose') {
    draft.conflicts.push({
      ...deleteConflict(judgement),
      winner: sideOf(unseen, { ...record.row }),
      loser: sideOf(draft.version, null),
    })
    return undefined
  }
  draft.remove(record)
  if (unseen) {
    draft.conflicts.push({
      ...deleteConflict(judgement),
      winner: sideOf(draft.version, null),
      loser: sideOf(unseen, { ...record.row }),
    })
  }
  return undefined
}

function keepLostUpdate(judgement: Judgement<UpdateOp>, winner: Version): void {
  const { draft, op } = judgement
  const lost = Object.entries(op.fields).map(([name, field]) => [
    name,
    'set' in field ? field.set : field.add,
  ])
  draft.conflicts.push({
    ...deleteConflict(judgement),
    winner: sideOf(winner, null),
    loser: sideOf(draft.version, Object.fromEntries(lost)),
  })
}

function deleteConflict({ draft, collection, op }: Judgement<UpdateOp | DeleteOp>) {
  return {
    seq: draft.version.seq,
    collection: op.collection,
    id: op.id,
    policy: `deletes-${collection.deletes}`,
  }
}

function sideOf(version: Version, value: ConflictSide['value']): ConflictSide {
  return { actor: version.actor, n: version.n, value }
}

/**
 * Whether an op is meant for this record, and not for an earlier one of the same id. That can only be
 * told of an author who held the record in this log; any other means the one there is.
 */
function meansThisLife(
  judgement: Judgement<UpdateOp | DeleteOp>,
  { birth }: Pick<StoredRecord, 'birth'>,
): boolean {
  const { op, context, epoch } = judgement
  return op.blind === true || context.epoch !== epoch || hasSeen(judgement, birth, 'id')
}

/** @param field the field that was written, `id` for the birth; left out for a deletion, which nothing hides */
function hasSeen(
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

function writableColumn(collection: Collection, name: string): Column | WireError {
  const column = collection.columns.find((candidate) => candidate.name === name)
  if (!column) return unknownColumn(name)
  if (name === 'id') return wireError('not-writable', 'A record keeps its id.', { ref: name })
  return column
}

export function unknownColumn(name: string): WireError {
  return wireError('unknown-column', `"${name}" is not a column.`, { ref: name })
}

/** An insert of what the same edit has deleted. */
export function deletedByItself(): WireError {
  return wireError('bad-operation', 'One edit cannot delete a record and create it again.')
}

export function notFound(id: string): WireError {
  return wireError('not-found', `There is no record "${id}".`)
}
