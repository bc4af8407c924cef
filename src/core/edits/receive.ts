import type { Verdict } from '../../protocol/down/receipt.ts'
import type { Edit } from '../../protocol/edit.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import type { TokenMarks } from '../../protocol/internal/credential.ts'
import { MAX_PROPOSALS, OUTBOX_HIGH_WATER } from '../../protocol/limits.ts'
import type { Application, Claims } from '../app/application.ts'
import { hashText } from '../records/hash.ts'
import { acknowledge, admit } from './admit.ts'
import { draftEdit } from './draft-edit.ts'
import { dueTime, isPostgresFirst } from './durability.ts'
import type { Turn } from './turn.ts'

/** One push of one session. */
export type Push = {
  readonly client: string
  readonly claims: Claims
  /** What the token of its author says of itself. */
  readonly marks?: TokenMarks
  readonly acknowledged: number
  readonly edits: readonly Edit[]
}

/**
 * Takes a push into the turn: admit, authorise, merge, in the order of n. Returns the verdicts to
 * send once the turn is stored. A retryable refusal consumes nothing and ends the push; a final
 * one consumes its n and is kept, so the same edit gets the same answer for ever. An edit that is
 * Postgres first ends the push without a verdict: it is kept as a proposal, and what follows waits.
 */
export function receive(turn: Turn, application: Application, push: Push): Verdict[] {
  const verdicts: Verdict[] = []
  const state = turn.clientState(push.client, push.claims.sub)
  const acknowledged = acknowledge(state, push.acknowledged)
  if (acknowledged !== state) turn.putClientState(acknowledged)
  for (const edit of push.edits) {
    const verdict = decide(turn, application, push, edit)
    if (!verdict) break
    verdicts.push(verdict)
    if (verdict.is === 'rejected' && verdict.error.retryable) break
  }
  return verdicts
}

/** The verdict on an edit; undefined while Postgres is to have it first. */
function decide(turn: Turn, application: Application, push: Push, edit: Edit): Verdict | undefined {
  const { n } = edit
  const { client, claims } = push
  const refuse = (error: WireError): Verdict => ({ is: 'rejected', n, error })
  const state = turn.clientState(client, claims.sub)
  const hash = hashText(JSON.stringify(edit))
  const admission = admit(state, n, hash)
  if (admission.is !== 'fresh') return placed(turn, client, admission.verdict)
  const waiting = turn.proposal(client)
  if (waiting?.edit.n === n) {
    if (waiting.hash === hash) return undefined
    return refuse(wireError('duplicate-mismatch', `Edit ${n} was sent before with other content.`))
  }
  const isFirst = isPostgresFirst(application.manifest, edit)
  if (turn.outbox >= OUTBOX_HIGH_WATER || (isFirst && turn.waiting >= MAX_PROPOSALS)) {
    const message = 'Postgres is behind; the edit is tried again later.'
    return refuse(wireError('outbox-full', message, { retryAfterMs: 1_000 }))
  }
  const drafted = whyNoDeadline(isFirst, edit) ?? draftEdit(turn, application, push, edit)
  if ('error' in drafted) {
    const { error } = drafted
    if (!error.retryable) turn.settleEdit(state, { n, hash, error })
    return refuse(error)
  }
  if (isFirst) {
    const dueAt = dueTime(application.manifest, edit, turn.at)
    const due = dueAt === undefined ? {} : { dueAt }
    turn.proposals.set(client, {
      client,
      claims,
      ...(push.marks && { marks: push.marks }),
      edit,
      hash,
      at: turn.at,
      ...due,
      asked: false,
    })
    return undefined
  }
  const { seq } = drafted.draft.version
  turn.accept(drafted.draft, claims.sub)
  turn.settleEdit(state, { n, hash, seq })
  return { is: 'accepted', n, seq }
}

/**
 * The verdict on an edit that was answered under an earlier log, whose places say nothing here. Until Postgres has
 * it, it is told its place in this one: it may be undone still.
 */
function placed(turn: Turn, client: string, verdict: Verdict): Verdict {
  if (verdict.is !== 'rejected' || verdict.error.code !== 'already-settled') return verdict
  const { n } = verdict
  const place = turn.locateEdit(client, n)
  if (place === undefined) return verdict
  if (place !== 'carried') return { is: 'accepted', n, seq: place }
  const message = 'A new log is about to take the edit over; it is tried again later.'
  return { is: 'rejected', n, error: wireError('busy', message, { retryAfterMs: 500 }) }
}

function whyNoDeadline(isFirst: boolean, { deadlineMs }: Edit): { error: WireError } | undefined {
  if (isFirst || deadlineMs === undefined) return undefined
  const message = 'Only an edit that is Postgres first can have a deadline.'
  return { error: wireError('bad-operation', message) }
}
