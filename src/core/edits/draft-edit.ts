import type { Edit, Op } from '../../protocol/edit.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import { whyNotStorable } from '../../protocol/storable.ts'
import type { Row } from '../../protocol/value.ts'
import { rightsOf } from '../access/rights.ts'
import {
  type Application,
  type Claims,
  findCollection,
  type Stamping,
  type WriteOp,
} from '../app/application.ts'
import { attachRecord } from '../app/attached.ts'
import { isBuiltIn } from '../app/built-in.ts'
import { mergingOf } from '../app/merging.ts'
import { matches } from '../query/filter.ts'
import { setAside } from '../records/aside.ts'
import type { StoredRecord } from '../records/record.ts'
import { findFault, seenUpTo } from '../records/version-vector.ts'
import { applyOp } from './apply-op.ts'
import { Draft } from './draft.ts'
import { runEffect } from './effects.ts'
import { keepConflicts, UNSEEN } from './keep-conflicts.ts'
import { notify } from './notify.ts'
import { whyInsertOnly } from './refusals.ts'
import { inWordsOf, whyUnknown, whyUnseen } from './secrecy.ts'
import { whyTooLargeToKeep } from './stored-size.ts'
import type { Turn } from './turn.ts'

/** Whose edit it is. */
type Author = { readonly client: string; readonly claims: Claims }

/** Does an edit's work, effects included, in a draft at the head of the log; or says why it may not be done. */
export function draftEdit(
  turn: Turn,
  application: Application,
  author: Author,
  edit: Edit,
): { readonly draft: Draft } | { readonly error: WireError } {
  const version = { actor: author.client, n: edit.n, seq: turn.head + 1 }
  const draft = new Draft(version, turn.record, mergingOf(application, turn.mergeFaults))
  const fault = findFault(edit.context, turn.epoch, turn.head, turn.lastOf)
  if (fault) {
    const message = 'The edit claims to have seen what has not happened.'
    return { error: wireError('vector-from-future', message, { ref: fault }) }
  }
  const unstorable = whyNotStorable(edit.ops)
  if (unstorable) return { error: unstorable }
  const ops: Op[] = []
  for (const given of edit.ops) {
    const op = plainOp(draft, given)
    ops.push(op)
    const error = draftOp(draft, turn, application, author.claims, edit, op)
    if (error) return { error }
  }
  const { claims } = author
  const seenUpTo = sightOf({ ...edit, ops }, turn.epoch)
  keepConflicts(draft, turn, application.manifest, { subject: claims.sub, seenUpTo })
  notify(draft, turn, application, { by: claims.sub, claims })
  const tooLarge = whyTooLargeToKeep(draft)
  return tooLarge ? { error: tooLarge } : { draft }
}

/**
 * An insert that takes a record that is there, too, as what it comes to: an update of the columns that it gives, where
 * the record lives. So whatever judges inserts and updates judges it as one of the two.
 */
function plainOp(draft: Draft, op: Op): Op {
  if (op.op !== 'insert' || !op.upsert) return op
  const { collection, id, values, blind, asOf } = op
  const existing = draft.record(collection, id)
  if (!existing || existing.deleted) return { op: 'insert', collection, id, values }
  const fields = Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (name === 'id' ? [] : [[name, { set: value }]])),
  )
  return { op: 'update', collection, id, fields, ...(blind && { blind }), ...(asOf && { asOf }) }
}

/**
 * The log that the author of an edit had seen of what it writes. The own edits say nothing here: whoever won unseen
 * has not seen the loser either. What an effect writes nobody has looked at.
 */
function sightOf({ context, ops }: Edit, epoch: string) {
  return ({ collection, id }: StoredRecord, field = 'id'): number => {
    const op = ops.find((candidate) => candidate.collection === collection && candidate.id === id)
    if (!op || context.epoch !== epoch) return UNSEEN
    if (op.op === 'insert' || op.op === 'restore') return context.seq
    return op.blind ? UNSEEN : seenUpTo(context, op, field)
  }
}

function draftOp(
  draft: Draft,
  turn: Turn,
  application: Application,
  claims: Claims,
  edit: Edit,
  op: Op,
): WireError | undefined {
  const collection = findCollection(application.manifest, op.collection)
  if (!collection)
    return wireError('unknown-collection', `"${op.collection}" is not a collection.`, { ref: op.collection })
  const rules = application.rules.get(collection.name)
  const existing = draft.record(op.collection, op.id)
  const rights = rightsOf(application, claims, collection.name)
  const unknown = whyUnknown(collection, rights, op) ?? whyInsertOnly(collection, op.op)
  if (unknown) return unknown
  const aside = existing && !existing.deleted ? undefined : turn.aside(op.collection, op.id)
  const unseen = whyUnseen(rights, op, { existing: existing && aboutWhat(draft, existing), aside })
  if (unseen) return unseen
  if (aside) return setAside(op.id, aside, rights.hidden)
  const row = existing && !existing.deleted ? existing.row : undefined
  const allowed = rules?.write?.({ claims, op: asWritten(op, existing), row }) ?? true
  if (allowed !== true) return wireError('write-refused', allowed)
  const error = applyOp({
    draft,
    collection,
    op,
    context: edit.context,
    epoch: turn.epoch,
    bases: turn.bases,
  })
  if (!error && rules?.stamp) {
    const stamped = rules.stamp({ claims, op, at: turn.at, readable: readableTo(draft, application, claims) })
    if (typeof stamped === 'string') return wireError('write-refused', stamped)
    stamp(draft, op, stamped)
  }
  if (error) return inWordsOf(rights, error)
  if (op.op !== 'insert' || !rules?.effects?.insert) return undefined
  const inserted = draft.record(op.collection, op.id)
  if (!inserted) throw new Error('an accepted insert leaves a record')
  return runEffect(rules.effects.insert, application.manifest, draft, inserted.row, turn.aside)
}

/** An operation as the application's rule judges it: a restore writes what an insert of the same row would. */
function asWritten(op: Op, existing: StoredRecord | undefined): WriteOp {
  if (op.op !== 'restore') return op
  const { id: _, ...values } = existing?.row ?? {}
  return { op: 'insert', collection: op.collection, id: op.id, values }
}

/** A record of one of the engine's own collections, with what it is about, which its rights depend on. */
function aboutWhat(draft: Draft, existing: StoredRecord): StoredRecord {
  if (!isBuiltIn(existing.collection)) return existing
  const { collection, record } = existing.row
  const about = draft.record(String(collection), String(record))
  return { ...existing, row: attachRecord(existing.row, about?.row) }
}

function readableTo(draft: Draft, application: Application, claims: Claims): Stamping['readable'] {
  return (collection, id) => {
    const record = draft.record(collection, id)
    if (!record || record.deleted) return undefined
    const { read } = rightsOf(application, claims, collection)
    return matches(read, aboutWhat(draft, record).row) ? record.row : undefined
  }
}

function stamp(draft: Draft, { collection, id }: Op, row: Row): void {
  for (const [name, value] of Object.entries(row)) {
    const record = draft.record(collection, id)
    if (record && !record.deleted) draft.write(record, name, value)
  }
}
