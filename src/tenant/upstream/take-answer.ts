import { tellRefusal } from '../../core/edits/notify.ts'
import type { Question } from '../../core/edits/proposal.ts'
import { takeVerdict } from '../../core/edits/settle-proposal.ts'
import { Turn } from '../../core/edits/turn.ts'
import type { ExternalChanges } from '../../core/external/events.ts'
import { takeExternal } from '../../core/external/take-external.ts'
import { unsentBy } from '../../core/external/unsent.ts'
import { effectiveEntries } from '../../core/log/effective-entries.ts'
import type { ProposalVerdict, Refusal } from '../../core/outbox/batch.ts'
import { type Reverted, revertEdit } from '../../core/revert/revert.ts'
import { alone } from '../sessions/alone.ts'
import { pruneConflicts } from '../storage/prune-conflicts.ts'
import { pruneNotifications } from '../storage/prune-notifications.ts'
import type { Store } from '../storage/store.ts'
import { type Publishing, publish } from '../views/publish.ts'
import { noteAside, tellAside } from '../views/set-aside.ts'
import { tellFaults } from '../views/tell-faults.ts'
import { tellVerdicts } from './proposals.ts'
import { explain } from './refusal.ts'
import { type TellingAuthors, type Told, tellReverts } from './tell-reverts.ts'

/** The answer of Postgres. */
export type Answer = {
  readonly applied: number
  readonly refusals: readonly Refusal[]
  readonly external: ExternalChanges
  /** What it said of the proposal that it was asked about. */
  readonly verdict?: ProposalVerdict
}

/**
 * Takes an answer of Postgres as one turn: undoes what was refused, merges what others changed, and
 * moves the committed seq and the cursor, all in one transaction. So a change is taken exactly once,
 * whatever happens to the object in between. Then everybody is told.
 */
export function takeAnswer(parts: Publishing, answer: Answer, question?: Question): void {
  const { applied, refusals, external, verdict } = answer
  const { app, store, sessions, alarm, log } = parts
  const turn = new Turn(store, parts.now())
  const effectiveAfter = (after: number) =>
    effectiveEntries(
      [...store.entries(after), ...turn.entries],
      [...store.corrections.all(), ...turn.corrections.values()],
    )
  const reverted: Reverted[] = []
  for (const refusal of refusals) {
    // A repeated question repeats refusals that were dealt with before.
    if (refusal.seq <= store.committed) continue
    const { seq, sqlState, constraint } = refusal
    const undone = revertEdit(turn, app, { seq, error: explain(refusal) }, effectiveAfter)
    log('edit-reverted', { seq, sqlState, constraint, dependents: undone.length - 1 })
    reverted.push(...undone)
  }
  const told = remember(turn, reverted)
  const unsent = unsentBy(turn, () => effectiveAfter(Math.max(applied, store.committed)))
  for (const change of external.changes) takeExternal(turn, app, change, unsent)
  if (question && verdict) {
    const refused = verdict.is === 'refused' ? explain(verdict.refusal) : undefined
    if (refused && 'changes' in question && turn.proposal(question.client)?.edit.n === question.n)
      tellRefusal(turn, app, { ...question, actor: question.client }, refused)
    takeVerdict(turn, question, refused, external.more)
  }
  pruneNotifications(store, app, turn)
  pruneConflicts(store, app, turn)
  const news = store.transaction((txn) => {
    txn.write(turn)
    const noted = noteAside(parts, txn, external.changes)
    txn.commit(applied, turn.at)
    // What else an answer brought is stored here, so the answer is not to be forgotten and taken twice. And with
    // nobody there no edit comes to take the committed seq along, and no alarm is to be needed for it.
    const broughtMore = turn.entries.length > 0 || refusals.length > 0 || verdict !== undefined
    if (broughtMore || sessions.size === 0) txn.storeCommitted()
    txn.putCursor(external.cursor)
    parts.metrics.goesAlong(txn)
    if (turn.entries.length > 0) alarm.arm()
    return noted
  })
  parts.metrics.answered(
    turn.entries,
    turn.verdicts.map(({ verdict }) => verdict),
  )
  tellFaults(parts, turn)
  tellReverts(parts, told)
  publish(parts, turn, tellVerdicts(parts, turn))
  tellAside(parts, news)
  announce(parts)
}

/** Keeps each revert until its author is known to have seen it. */
function remember(turn: Turn, reverted: readonly Reverted[]): Told[] {
  // What an external change made necessary has no author who waits.
  const edits = reverted.filter(({ edit }) => !edit.external)
  return [...Map.groupBy(edits, ({ edit }) => edit.actor)].flatMap(([client, own]) => {
    const reverts = own.map(({ edit: { n }, seq, error }) => ({ n, seq, error }))
    const state = turn.clientState(client, own[0]?.edit.subject ?? '')
    turn.putClientState({ ...state, reverts: [...state.reverts, ...reverts] })
    return reverts.map((revert) => ({ client, revert }))
  })
}

/** Tells the committed seq to the sessions that wait for it. */
function announce(parts: TellingAuthors & { readonly store: Store }): void {
  const { committed } = parts.store
  for (const session of [...parts.sessions.all()]) {
    const state = session.greeted
    if (!state || state.awaiting === 0) continue
    alone(parts, session, 'committed', () => session.send(['committed', committed]))
    if (state.awaiting <= committed) session.update({ awaiting: 0 })
  }
}
