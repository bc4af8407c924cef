import {
  type Proposal,
  planProposal,
  type Question,
  refuseIfLate,
  withdraw,
} from '../../core/edits/proposal.ts'
import { Turn } from '../../core/edits/turn.ts'
import { wireError } from '../../protocol/errors.ts'
import type { Parts } from '../parts.ts'
import { alone } from '../sessions/alone.ts'

/**
 * What Postgres is to be asked next: about the oldest proposal. From then on only Postgres can refuse it,
 * and that is stored before the question leaves.
 */
export function nextQuestion(parts: Parts): Question | undefined {
  const { store, now } = parts
  const turn = new Turn(store, now())
  let question: Question | undefined
  for (const proposal of store.proposals.all()) {
    question = plan(parts, turn, proposal)
    if (!question) continue
    if (!proposal.asked) turn.proposals.set(proposal.client, { ...proposal, asked: true })
    break
  }
  finish(parts, turn)
  return question
}

function plan({ app, log }: Parts, turn: Turn, proposal: Proposal): Question | undefined {
  try {
    return planProposal(turn, app, proposal)
  } catch (thrown) {
    // A fault in the application's own functions must not hold back everybody's edits.
    log('edit-failed', { client: proposal.client, n: proposal.edit.n, error: String(thrown) })
    return withdraw(
      turn,
      proposal,
      wireError('write-refused', 'Something went wrong; the edit had no effect.'),
    )
  }
}

/** Refuses what is late, unless Postgres was asked about it. */
export function refuseLate(parts: Parts): void {
  const { store, now } = parts
  const { dueAt } = store.proposals
  if (dueAt === undefined || dueAt > now()) return
  const turn = new Turn(store, now())
  for (const proposal of store.proposals.all()) refuseIfLate(turn, proposal)
  finish(parts, turn)
}

/** Tells the clients of settled proposals. To be called before the rows are published. */
export function tellVerdicts(parts: Parts, turn: Turn): ReadonlySet<string> {
  const told = new Set<string>()
  for (const { client, verdict } of turn.verdicts) {
    for (const session of [...parts.sessions.all()]) {
      if (session.greeted?.client !== client) continue
      alone(parts, session, 'verdict', () => session.send(['receipt', [verdict]]))
      told.add(session.id)
    }
  }
  return told
}

function finish(parts: Parts, turn: Turn): void {
  if (turn.proposals.size === 0) return
  parts.store.transaction((txn) => txn.write(turn))
  tellVerdicts(parts, turn)
}
