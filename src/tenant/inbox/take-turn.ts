import { type Push, receive } from '../../core/edits/receive.ts'
import { Turn } from '../../core/edits/turn.ts'
import type { Down } from '../../protocol/down/down.ts'
import type { Verdict } from '../../protocol/down/receipt.ts'
import { CLOSE, wireError } from '../../protocol/errors.ts'
import type { ReadText } from '../../protocol/up/read-text.ts'
import type { Up } from '../../protocol/up/up.ts'
import type { Registry } from '../../protocol/up/watch.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { alone } from '../sessions/alone.ts'
import { handshake, welcome } from '../sessions/handshake.ts'
import type { Health } from '../sessions/health.ts'
import type { Session } from '../sessions/session.ts'
import { pruneConflicts } from '../storage/prune-conflicts.ts'
import { pruneNotifications } from '../storage/prune-notifications.ts'
import { type TakingWatches, watchTags } from '../tags/invalidate.ts'
import { takeReadAck } from '../views/flow-control.ts'
import { type Publishing, publish } from '../views/publish.ts'
import { answerReadText, type ReadingTexts } from '../views/read-text.ts'
import { restoreEvicted } from '../views/restore-evicted.ts'
import { endIfDoubtful, sendInitial, subscribe, unsubscribe, type Wanted } from '../views/subscribe.ts'
import { tellFaults } from '../views/tell-faults.ts'

/** The means to take a turn. */
export type TakingTurns = Publishing &
  ReadingTexts &
  TakingWatches & {
    readonly health: Health
    readonly metrics: Metrics
    readonly lifecycle: { readonly isConfirmed: boolean; readonly legal: { readonly edits: boolean } }
  }

/** A frame and the session it came from. `auth` is dealt with before, because it takes time. */
export type Arrival = { readonly session: Session; readonly frame: Exclude<Up, ['auth', string]> }

/** A frame that is sent to a session once the turn is stored. */
type Reply = { readonly session: Session; readonly frame: () => Down }

/** The sum of a turn's frames, besides what is sent at once. */
type Taken = {
  readonly turn: Turn
  readonly replies: Reply[]
  readonly wanted: Map<Session, Wanted[]>
  readonly read: Map<Session, number>
  readonly watched: { readonly session: Session; readonly wanted: Registry }[]
  readonly texts: { readonly session: Session; readonly asked: ReadText }[]
  readonly authors: Map<Session, number>
  readonly verdicts: Verdict[]
  /** A client holds more of this log than the object does. */
  isDoubted: boolean
}

/** A turn that was taken, for whoever speaks with Postgres. */
export type TakenTurn = {
  /** There is something new for it. */
  readonly hasNews: boolean
  /** It is to be asked whether this log is still its own. */
  readonly isDoubted: boolean
}

/**
 * Takes all frames of one event-loop turn: decides on values, stores everything the turn decided
 * in one transaction, and only then replies and publishes. Nothing in here waits.
 */
export function takeTurn(parts: TakingTurns, arrivals: readonly Arrival[]): TakenTurn {
  const taken: Taken = {
    turn: new Turn(parts.store, parts.now()),
    replies: [],
    wanted: new Map(),
    read: new Map(),
    watched: [],
    texts: [],
    authors: new Map(),
    verdicts: [],
    isDoubted: false,
  }
  const { turn, replies, wanted, read, watched, texts, authors } = taken
  for (const arrival of arrivals) {
    const { session, frame } = arrival
    if (session.state.is !== 'closed') alone(parts, session, frame[0], () => take(parts, taken, arrival))
  }

  pruneNotifications(parts.store, parts.app, turn)
  pruneConflicts(parts.store, parts.app, turn)
  parts.store.transaction((txn) => {
    txn.write(turn)
    parts.metrics.goesAlong(txn)
    parts.alarm.arm()
  })
  parts.metrics.turn(turn.entries, taken.verdicts)

  tellFaults(parts, turn)
  // The receipt goes first: a client that saw its edit's rows before knowing that they are its own
  // would show the edit twice.
  for (const { session, frame } of replies) alone(parts, session, 'reply', () => session.send(frame()))
  for (const [session, seq] of authors) session.awaitCommit(seq)
  publish(parts, turn, new Set([...authors.keys()].map(({ id }) => id)))
  for (const { session, wanted } of watched)
    alone(parts, session, 'watch', () => watchTags(parts, session, wanted))
  for (const [session, subscriptions] of wanted)
    alone(parts, session, 'answer', () => {
      if (endIfDoubtful(parts, session, subscriptions)) taken.isDoubted = true
      else sendInitial(parts, session, subscriptions)
    })
  for (const { session, asked } of texts)
    alone(parts, session, 'read-text', () => answerReadText(parts, session, asked))
  for (const [session, characters] of read)
    alone(parts, session, 'read on', () => {
      takeReadAck(parts, session, characters)
      parts.presence.readOn(session)
    })
  restoreEvicted(parts)
  parts.health.look()
  return { hasNews: turn.entries.length > 0 || turn.proposals.size > 0, isDoubted: taken.isDoubted }
}

/** Takes one frame into the turn. */
function take(parts: TakingTurns, taken: Taken, { session, frame }: Arrival): void {
  const { turn, replies, wanted, read, watched, texts, authors } = taken
  if (frame[0] !== 'hello' && !session.greeted) {
    const error = wireError('hello-first', 'Say hello before anything else.')
    parts.sessions.close(session, CLOSE.protocol, error)
    return
  }
  switch (frame[0]) {
    case 'hello': {
      const hello = frame[1]
      const rejection = handshake(parts, turn, session, hello)
      if (rejection?.isDoubtful) taken.isDoubted = true
      if (rejection) parts.sessions.close(session, rejection.code, rejection.error)
      else replies.push({ session, frame: () => ['welcome', welcome(parts, session, hello)] })
      break
    }
    case 'push': {
      const verdicts = push(parts, turn, session, frame[1], frame[2])
      taken.verdicts.push(...verdicts)
      if (verdicts.length > 0) replies.push({ session, frame: () => ['receipt', verdicts] })
      const awaited = verdicts.flatMap((verdict) => awaitedSeq(verdict, turn.head) ?? [])
      if (awaited.length > 0) authors.set(session, Math.max(authors.get(session) ?? 0, ...awaited))
      break
    }
    case 'subscribe': {
      const asked = subscribe(parts, session, frame[1])
      if (asked) wanted.set(session, [...(wanted.get(session) ?? []), asked])
      break
    }
    case 'unsubscribe':
      unsubscribe(parts, session, frame[1].id)
      break
    case 'watch':
      watched.push({ session, wanted: frame[1] })
      break
    case 'unwatch':
      parts.watches.remove(session.id, frame[1])
      break
    case 'presence':
      parts.presence.said(session, frame[1])
      break
    case 'read-text':
      texts.push({ session, asked: frame[1] })
      break
    case 'metrics':
      parts.metrics.reported(session, frame[1])
      break
    case 'read-ack':
      read.set(session, frame[1])
      break
  }
}

/** The seq whose commit the client of an edit waits for. */
function awaitedSeq(verdict: Verdict, head: number): number | undefined {
  if (verdict.is === 'accepted') return verdict.seq
  // Its place was forgotten with an earlier log, or because the client had heard of it.
  return verdict.is === 'rejected' && verdict.error.code === 'already-settled' ? head : undefined
}

function push(
  parts: TakingTurns,
  turn: Turn,
  session: Session,
  acknowledged: number,
  edits: Push['edits'],
): Verdict[] {
  const client = session.greeted?.client
  const [first] = edits
  if (client === undefined || !first) return []
  const refuse = (error: ReturnType<typeof wireError>): Verdict[] => [{ is: 'rejected', n: first.n, error }]
  if (!parts.lifecycle.legal.edits) {
    return refuse(
      wireError('hydrating', 'The tenant is being loaded; try again shortly.', { retryAfterMs: 500 }),
    )
  }
  try {
    return receive(turn, parts.app, {
      client,
      claims: session.claims,
      marks: session.marks,
      acknowledged,
      edits,
    })
  } catch (thrown) {
    // A fault in the application's own functions must not take other people's edits along.
    parts.log('edit-failed', { client, n: first.n, error: String(thrown) })
    return refuse(
      wireError('internal', 'Something went wrong; the edit had no effect.', { retryAfterMs: 1_000 }),
    )
  }
}
