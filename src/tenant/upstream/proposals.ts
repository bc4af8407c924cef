import type { Proposal, Question } from '../../core/edits/proposal.ts'
import { planProposal, refuseIfLate, withdraw } from '../../core/edits/settle-proposal.ts'
import { Turn } from '../../core/edits/turn.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import { wireError } from '../../protocol/errors.ts'
import { UNMARKED } from '../../protocol/internal/credential.ts'
import { alone } from '../sessions/alone.ts'
import type { Store } from '../storage/store.ts'
import { tellFaults } from '../views/tell-faults.ts'
import type { TellingAuthors } from './tell-reverts.ts'

/** The means to settle proposals. */
export type SettlingProposals = TellingAuthors & {
  readonly app: TidemarkApp
  readonly store: Store
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * The question that Postgres is to be asked next: about the oldest proposal. From then on only Postgres can refuse it,
 * and that is stored before the question leaves.
 */
export function nextQuestion(parts: SettlingProposals): Question | undefined {
  const { store, now } = parts
  const turn = new Turn(store, now())
  let question: Question | undefined
  for (const proposal of store.proposals.all()) {
    question = plan(parts, turn, proposal)
    if (!question) continue
    if (!proposal.asked) turn.proposals.set(proposal.client, { ...proposal, asked: true })
    break
  }
  tellFaults(parts, turn)
  finish(parts, turn)
  return question
}

function plan({ app, log, store }: SettlingProposals, turn: Turn, proposal: Proposal): Question | undefined {
  const { claims, marks = UNMARKED } = proposal
  // Its author may have been let in when it came, and not be any more.
  if (!proposal.asked && store.revoked.list.concerns({ claims, marks })) {
    const message =
      'The sign-in that made this edit was ended before the database had it, so it had no effect.'
    return withdraw(turn, proposal, wireError('revoked', message))
  }
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
export function refuseLate(parts: Omit<SettlingProposals, 'app'>): void {
  const { store, now } = parts
  const { dueAt } = store.proposals
  if (dueAt === undefined || dueAt > now()) return
  const turn = new Turn(store, now())
  for (const proposal of store.proposals.all()) refuseIfLate(turn, proposal)
  finish(parts, turn)
}

/** Tells the clients of settled proposals. To be called before the rows are published. */
export function tellVerdicts(parts: TellingAuthors, turn: Turn): ReadonlySet<string> {
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

function finish(parts: Omit<SettlingProposals, 'app'>, turn: Turn): void {
  if (turn.proposals.size === 0) return
  parts.store.transaction((txn) => txn.write(turn))
  tellVerdicts(parts, turn)
}
