import type { Edit, Op } from '../../protocol/edit.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import { whyNotStorable } from '../../protocol/storable.ts'
import { rightsOf } from '../access/rights.ts'
import { type Application, type Claims, findCollection } from '../app/application.ts'
import { matches } from '../query/filter.ts'
import type { Rights } from '../query/view.ts'
import { setAside } from '../records/aside.ts'
import type { StoredRecord } from '../records/record.ts'
import { findFault } from '../records/version-vector.ts'
import { applyOp, notFound, unknownColumn } from './apply-op.ts'
import { Draft } from './draft.ts'
import { runEffect } from './effects.ts'
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
  const draft = new Draft({ actor: author.client, n: edit.n, seq: turn.head + 1 }, turn.record)
  const fault = findFault(edit.context, turn.epoch, turn.head, turn.lastOf)
  if (fault) {
    const message = 'The edit claims to have seen what has not happened.'
    return { error: wireError('vector-from-future', message, { ref: fault }) }
  }
  const unstorable = whyNotStorable(edit.ops)
  if (unstorable) return { error: unstorable }
  for (const op of edit.ops) {
    const error = draftOp(draft, turn, application, author.claims, edit, op)
    if (error) return { error }
  }
  const tooLarge = whyTooLargeToKeep(draft)
  return tooLarge ? { error: tooLarge } : { draft }
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
  const unseen = whyUnseen(rights, op, existing)
  if (unseen) return unseen
  const aside = existing && !existing.deleted ? undefined : turn.aside(op.collection, op.id)
  if (aside) return setAside(op.id, aside, rights.hidden)
  const allowed =
    rules?.write?.({ claims, op, row: existing && !existing.deleted ? existing.row : undefined }) ?? true
  if (allowed !== true) return wireError('write-refused', allowed)
  const error = applyOp({ draft, collection, op, context: edit.context, epoch: turn.epoch })
  if (error || op.op !== 'insert' || !rules?.effects?.insert) return error
  const inserted = draft.record(op.collection, op.id)
  if (!inserted) throw new Error('an accepted insert leaves a record')
  return runEffect(rules.effects.insert, application.manifest, draft, inserted.row, turn.aside)
}

/** What somebody may not see does not exist for them, in words too. */
function whyUnseen(
  { read, hidden }: Rights,
  op: Op,
  existing: StoredRecord | undefined,
): WireError | undefined {
  if (op.op === 'insert') {
    const column = hidden.find((name) => Object.hasOwn(op.values, name))
    return column === undefined ? undefined : unknownColumn(column)
  }
  if (existing && !matches(read, existing.row)) return notFound(op.id)
  const column = op.op === 'update' ? hidden.find((name) => Object.hasOwn(op.fields, name)) : undefined
  return column === undefined ? undefined : unknownColumn(column)
}
