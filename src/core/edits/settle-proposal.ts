import type { Verdict } from '../../protocol/down/receipt.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Application } from '../app/application.ts'
import { draftEdit } from './draft-edit.ts'
import type { Proposal, Question } from './proposal.ts'
import type { Turn } from './turn.ts'

/**
 * Plans what to ask about a proposal now, from what it comes to in the object's present state. Undefined when
 * nothing is to be asked: it was settled under an earlier log, or it was refused here, which only a
 * proposal can be that was never asked about.
 */
export function planProposal(turn: Turn, application: Application, proposal: Proposal): Question | undefined {
  const { client, claims, edit } = proposal
  if (turn.lastOf(client) >= edit.n) {
    turn.proposals.set(client, undefined)
    return undefined
  }
  if (isLate(proposal, turn.at)) return withdraw(turn, proposal, tooLate())
  const drafted = draftEdit(turn, application, { client, claims }, edit)
  if ('error' in drafted) return withdraw(turn, proposal, drafted.error)
  const { draft } = drafted
  return { ...placeOf(proposal), changes: draft.changes(), conflicts: draft.conflicts }
}

/** Refuses a proposal. Once Postgres was asked, only Postgres can: then that is the next question. */
export function withdraw(turn: Turn, proposal: Proposal, error: WireError): Question | undefined {
  if (!proposal.asked) {
    settleProposal(turn, proposal, { error })
    return undefined
  }
  const sqlState = error.code === 'deadline' ? 'TM020' : 'TM021'
  return { ...placeOf(proposal), withdrawn: { sqlState, message: error.message } }
}

/**
 * Takes what Postgres said of the proposal it was asked about. A taken one is settled by the outside
 * changes, of which it is one.
 *
 * @param refused why Postgres refused it; undefined when it is taken
 * @param more whether external changes are left to read
 */
export function takeVerdict(
  turn: Turn,
  { client, n }: Question,
  refused: WireError | undefined,
  more: boolean,
): void {
  const proposal = turn.proposal(client)
  if (proposal?.edit.n !== n) return
  if (refused) settleProposal(turn, proposal, { error: refused })
  // It was read before, by an object that has lost that: the rows at the head include it.
  else if (!more) settleProposal(turn, proposal, { seq: turn.head, committed: true })
}

/** Refuses a proposal whose time is up, if it is certain that Postgres does not have it. */
export function refuseIfLate(turn: Turn, proposal: Proposal): void {
  if (!proposal.asked && isLate(proposal, turn.at)) settleProposal(turn, proposal, { error: tooLate() })
}

/** How a proposal ends: with a place in the log, or refused. */
type Ending = { readonly seq: number; readonly committed: true } | { readonly error: WireError }

/** Ends a proposal. The verdict is among the turn's. */
export function settleProposal(turn: Turn, proposal: Proposal, ending: Ending): void {
  const { client, claims, edit, hash } = proposal
  const { n } = edit
  turn.settleEdit(turn.clientState(client, claims.sub), { n, hash, ...ending })
  turn.proposals.set(client, undefined)
  const verdict: Verdict =
    'error' in ending ? { is: 'rejected', n, error: ending.error } : { is: 'accepted', n, ...ending }
  turn.verdicts.push({ client, verdict })
}

function placeOf({ client, claims, edit, at }: Proposal) {
  return { client, n: edit.n, subject: claims.sub, at }
}

function isLate({ dueAt }: Proposal, now: number): boolean {
  return dueAt !== undefined && dueAt <= now
}

function tooLate(): WireError {
  return wireError('deadline', 'The database did not have the edit in time, so it had no effect.')
}
