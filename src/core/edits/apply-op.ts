import type { DeleteOp, InsertOp, RestoreOp, UpdateOp } from '../../protocol/edit.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import { inspectText } from '../../protocol/guard.ts'
import type { Collection, Column } from '../../protocol/manifest.ts'
import type { TextOp } from '../../protocol/text-op.ts'
import type { Value } from '../../protocol/value.ts'
import { columnOf } from '../records/items.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import { checkValue } from '../records/validate.ts'
import type { Version } from '../records/version-vector.ts'
import {
  baseOf,
  baseOfRow,
  deleteConflict,
  hasSeen,
  type Judgement,
  meansThisLife,
  sawOwnPart,
  sideOf,
} from './judgement.ts'
import { keepLostUpdate } from './lost-update.ts'
import { idStays, newRow, notFound, recordExists, unknownColumn } from './refusals.ts'
import { editText } from './texts.ts'
import { writeField } from './write-field.ts'

/** Applies one operation of a client to a draft. Returns why it cannot be, if it cannot. */
export function applyOp({ op, ...rest }: Judgement): WireError | undefined {
  switch (op.op) {
    case 'insert':
      return applyInsert({ op, ...rest })
    case 'update':
      return applyUpdate({ op, ...rest })
    case 'delete':
      return applyDelete({ op, ...rest })
    case 'restore':
      return applyRestore({ op, ...rest })
  }
}

function applyInsert({ draft, collection, op }: Judgement<InsertOp>): WireError | undefined {
  const existing = draft.record(op.collection, op.id)
  if (existing && !existing.deleted) return recordExists(op.id)
  if (existing?.deleted === draft.version) return deletedByItself()
  const made = newRow(collection, op.id, op.values)
  if ('error' in made) return made.error
  draft.put({
    collection: op.collection,
    id: op.id,
    row: made.row,
    birth: draft.version,
    versions: {},
  })
  return undefined
}

/** The object has the whole row, so what its author may not see comes back with the rest, and no effect follows. */
function applyRestore({ draft, op }: Judgement<RestoreOp>): WireError | undefined {
  const record = draft.record(op.collection, op.id)
  if (!record) return notFound(op.id)
  if (!record.deleted) return recordExists(op.id)
  if (record.deleted === draft.version) return deletedByItself()
  draft.revive(record)
  return undefined
}

function applyUpdate(judgement: Judgement<UpdateOp>): WireError | undefined {
  const { draft, collection, op } = judgement
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
    return keepLostUpdate(judgement, record, record.birth)
  }
  return mergeFields(judgement)
}

function mergeFields(judgement: Judgement<UpdateOp>): WireError | undefined {
  const { draft, collection, op } = judgement
  for (const [name, incoming] of Object.entries(op.fields)) {
    const column = writableColumn(collection, name)
    const record = draft.record(op.collection, op.id)
    if ('code' in column || !record) throw new Error('fields are checked before they are merged')
    const inManuscript = 'text' in incoming && writeInManuscript(judgement, record, column, incoming.text)
    if (inManuscript === 'written') continue
    if (inManuscript) return inManuscript
    const holder = versionOf(record, name)
    const bases = {
      ours: () => baseOf(judgement, record, name),
      theirs: () => judgement.bases.ofHolder(op, name, holder),
    }
    const merged = writeField(draft, record, column, {
      by: 'client',
      op: incoming,
      concurrent:
        !hasSeen(judgement, holder, name) || ('set' in incoming && sawOwnPart(judgement, record, column)),
      bases,
      hasSeen: (version) => hasSeen(judgement, version, name),
    })
    if (merged.outcome === 'rejected') return merged.error
    const now = column.policy.kind === 'text' ? draft.record(op.collection, op.id)?.row[name] : undefined
    const fault = whyNoText(now, name)
    if (fault) return fault
  }
  return undefined
}

/** Why a text cannot be what changes of it have come to, if it cannot. */
function whyNoText(text: Value | undefined, ref: string): WireError | undefined {
  const fault = typeof text === 'string' ? inspectText(text) : undefined
  return fault && wireError(fault.code, fault.message, { ref })
}

/** Writes a change of a text in the manuscript that it was made on, or says why not; false where that is not there. */
function writeInManuscript(
  { draft, epoch }: Judgement<UpdateOp>,
  record: StoredRecord,
  column: Column,
  op: TextOp,
): 'written' | WireError | false {
  const { name, policy } = column
  if (policy.kind !== 'text') return false
  const edited = editText(record, name, op, { author: draft.version.actor, epoch })
  if (edited.is === 'missing') return false
  if (edited.is === 'hostile') {
    const message = 'The update is none that an editor of this text makes; make the change anew.'
    return wireError('bad-value', message, { ref: name })
  }
  const fault = whyNoText(edited.text, name)
  if (fault) return fault
  const isNone = edited.text === '' && record.row[name] === null
  draft.write(record, name, isNone ? null : edited.text, edited)
  return 'written'
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
    return keepLostUpdate(judgement, record, deleted)
  }
  draft.revive(record)
  draft.conflicts.push({
    ...deleteConflict(judgement),
    winner: sideOf(draft.version, { ...record.row }),
    loser: sideOf(deleted, null),
    // Whoever deleted it had seen all of it, or had lost.
    base: { ...record.row },
  })
  return mergeFields(judgement)
}

function applyDelete(judgement: Judgement<DeleteOp>): WireError | undefined {
  const { draft, collection, op } = judgement
  const record = draft.record(op.collection, op.id)
  if (!record) return notFound(op.id)
  // Two people deleting the same record agree; so do a delete and a re-creation it never saw.
  if (record.deleted) {
    if (hasSeen(judgement, record.deleted)) return notFound(op.id)
    draft.agree({ kind: 'delete', collection: op.collection, id: op.id, before: record.row })
    return undefined
  }
  if (!meansThisLife(judgement, record)) return undefined
  const unseen = unseenOf(judgement, record)
  if (unseen.length > 0 && collection.deletes === 'lose') {
    const base = baseOfRow(judgement, record, Object.keys(record.row))
    const winners = new Map(unseen.map(([, version]) => [version.actor, version]))
    for (const winner of winners.values())
      draft.conflicts.push({
        ...deleteConflict(judgement),
        winner: sideOf(winner, { ...record.row }),
        loser: sideOf(draft.version, null),
        ...base,
      })
    return undefined
  }
  draft.remove(record)
  // Of what is unseen in one field, the newest stands for it.
  for (const [field, holder] of new Map(unseen)) {
    const base = judgement.bases.ofHolder(op, field, holder)
    draft.conflicts.push({
      ...deleteConflict(judgement),
      field,
      winner: sideOf(draft.version, null),
      loser: sideOf(holder, record.row[field] ?? null),
      ...(base && { base: base.value }),
    })
  }
  return undefined
}

/** The writes that a delete's author had not seen, each with its field, by rising seq. */
function unseenOf(judgement: Judgement<DeleteOp>, record: StoredRecord): [field: string, version: Version][] {
  const written = Object.entries(record.versions)
    .filter(([, { seq }]) => seq !== record.birth.seq)
    .map(([key, version]): [string, Version] => [columnOf(key), version])
  // A field as the record was born with it can only be unseen if an own edit hid it.
  const hidden = Object.keys(judgement.op.asOf ?? {}).map((name): [string, Version] => [
    name,
    versionOf(record, name),
  ])
  return [...written, ...hidden]
    .filter(([field, version]) => !hasSeen(judgement, version, field))
    .sort(([, one], [, other]) => one.seq - other.seq)
}

function writableColumn(collection: Collection, name: string): Column | WireError {
  const column = collection.columns.find((candidate) => candidate.name === name)
  if (!column) return unknownColumn(name)
  if (name === 'id') return idStays()
  return column
}

/** An insert of what the same edit has deleted. */
export function deletedByItself(): WireError {
  return wireError('bad-operation', 'One edit cannot delete a record and create it again.')
}
