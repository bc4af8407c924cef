import type { Verdict } from '../protocol/down.ts'
import type { Edit, Op } from '../protocol/edit.ts'
import { type WireError, wireError } from '../protocol/errors.ts'
import { OUTBOX_HIGH_WATER } from '../protocol/limits.ts'
import { acknowledge, admit, settle } from './admit.ts'
import { type Application, type Claims, findCollection } from './application.ts'
import { applyOp } from './apply-op.ts'
import { Draft } from './draft.ts'
import { runEffect } from './effects.ts'
import { hashText } from './hash.ts'
import type { Turn } from './turn.ts'
import { findFault } from './version-vector.ts'

/** One push of one session. */
export type Push = {
  readonly client: string
  readonly claims: Claims
  readonly acknowledged: number
  readonly edits: readonly Edit[]
}

/**
 * Takes a push into the turn: admit, authorise, merge, in the order of n. Returns the verdicts to
 * send once the turn is stored. A retryable refusal consumes nothing and ends the push; a final
 * one consumes its n and is kept, so the same edit gets the same answer for ever.
 */
export function receive(turn: Turn, application: Application, push: Push): Verdict[] {
  const verdicts: Verdict[] = []
  const mark = turn.mark(push.client, push.claims.sub)
  const acknowledged = acknowledge(mark, push.acknowledged)
  if (acknowledged !== mark) turn.putMark(acknowledged)
  for (const edit of push.edits) {
    const verdict = decide(turn, application, push, edit)
    verdicts.push(verdict)
    if (verdict.is === 'rejected' && verdict.error.retryable) break
  }
  return verdicts
}

function decide(turn: Turn, application: Application, push: Push, edit: Edit): Verdict {
  const { n } = edit
  const mark = turn.mark(push.client, push.claims.sub)
  const hash = hashText(JSON.stringify(edit))
  const admission = admit(mark, n, hash)
  if (admission.is !== 'fresh') return admission.verdict
  if (turn.outbox >= OUTBOX_HIGH_WATER) {
    const error = wireError('outbox-full', 'Postgres is behind; the edit is tried again later.', {
      retryAfterMs: 1_000,
    })
    return { is: 'rejected', n, error }
  }
  const draft = new Draft({ actor: push.client, n, seq: turn.head + 1 }, turn.record)
  const error = fill(draft, turn, application, push.claims, edit)
  if (error) {
    if (!error.retryable) turn.putMark(settle(mark, { n, hash, error }))
    return { is: 'rejected', n, error }
  }
  const { seq } = draft.version
  turn.accept(draft, push.claims.sub)
  turn.putMark(settle(mark, { n, hash, seq }))
  return { is: 'accepted', n, seq }
}

/** Does the edit's work in the draft; returns why it may not be done. */
function fill(
  draft: Draft,
  turn: Turn,
  application: Application,
  claims: Claims,
  edit: Edit,
): WireError | undefined {
  const fault = findFault(edit.context, turn.epoch, turn.head, turn.lastOf)
  if (fault)
    return wireError('vector-from-future', 'The edit claims to have seen what has not happened.', {
      ref: fault,
    })
  for (const op of edit.ops) {
    const error = fillOp(draft, turn, application, claims, edit, op)
    if (error) return error
  }
  return undefined
}

function fillOp(
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
  const allowed =
    rules?.write?.({ claims, op, row: existing && !existing.deleted ? existing.row : undefined }) ?? true
  if (allowed !== true) return wireError('write-refused', allowed)
  const error = applyOp({ draft, collection, op, context: edit.context, epoch: turn.epoch })
  if (error || op.op !== 'insert' || !rules?.effects?.insert) return error
  const inserted = draft.record(op.collection, op.id)
  if (!inserted) throw new Error('an accepted insert leaves a record')
  return runEffect(rules.effects.insert, application.manifest, draft, inserted.row)
}
