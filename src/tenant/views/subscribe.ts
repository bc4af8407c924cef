import { viewDelta } from '../../core/query/delta.ts'
import { CLOSE, type WireError, wireError } from '../../protocol/errors.ts'
import { MAX_SUBSCRIPTIONS } from '../../protocol/limits.ts'
import { readQuery } from '../../protocol/read-query.ts'
import { PRIORITIES } from '../../protocol/up/priority.ts'
import type { Subscribe } from '../../protocol/up/subscribe.ts'
import { logMayBeAhead } from '../sessions/rejection.ts'
import type { Session } from '../sessions/session.ts'
import type { GreetedState, Subscription } from '../sessions/session-state.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../storage/store.ts'
import { type Announcing, announce, type FindingViews, findView, forgetAll } from './announce.ts'
import type { ChangesSince } from './changes-since.ts'
import { type Told, tooMuch } from './interval.ts'
import type { LiveView } from './live-view.ts'
import { beginPaging, type Paging, sendPages } from './pages.ts'
import { type ReadingAsides, tellAllAside } from './set-aside.ts'
import { makeRoom } from './subscription-limits.ts'
import type { Views } from './views.ts'

/*
 * The way of a subscription, and of the cursor that all of a session's subscriptions share:
 *
 *   subscribe --> waiting --answer--> subscribed --> [ pages of its snapshot ] --> live, from one cursor with the rest
 *      |             |                   |   ^
 *      |             |                   v   | room again (`restore-evicted`)
 *   refused       doubtful            evicted, for one of higher priority (`budget`)
 *
 * - Those of one turn are answered together: views are named first, then one interval brings the session from its
 *   cursor to the head, then digests of what was resumed; snapshots follow as pages, as their client reads.
 * - One resumes where its resume token proves that it was given this view, and the log reaches back to where it left off.
 *   Otherwise it gets a snapshot, which shows no more than its rights.
 * - A session has one cursor: everything that it follows is shown as of there, or is on its way in pages.
 * - What cannot be told at all (another log, before the floor, too much) is a `reset`: the client drops its rows.
 * - A client that is ahead of the log has seen what the object has lost: Postgres says which of the two is right.
 */

type Resume = NonNullable<Subscribe['resume']>

/** The means to take subscriptions in. */
type Subscribing = FindingViews & Announcing & { readonly sessions: Sessions }

/** The means to answer them. */
export type Answering = Announcing &
  Paging &
  ReadingAsides & {
    readonly changes: ChangesSince
    readonly lifecycle: { readonly isComplete: boolean }
  }

/** A subscription to be answered, and what its client says it holds. */
export type Wanted = {
  readonly id: number
  readonly resume?: Resume | undefined
  /** It was given that. */
  readonly proven?: boolean
}

const MEDIUM = PRIORITIES.indexOf('medium')

/** Takes a subscription in, or says why not. Those of one turn are answered together, by `answer`. */
export function subscribe(parts: Subscribing, session: Session, request: Subscribe): Wanted | undefined {
  const state = session.greeted
  if (!state) return undefined
  const { id, priority, resume } = request
  if (isTaken(session, id)) {
    // Whoever takes it for another one loses track of which rows are whose.
    const message = `Subscription ${id} is there already; give each a number of its own.`
    parts.sessions.close(session, CLOSE.protocol, wireError('bad-frame', message))
    return undefined
  }
  const read = readQuery(request.query)
  if ('error' in read) return refuse(session, id, read.error)
  const view = findView(parts, session, read.query)
  if ('code' in view) return refuse(session, id, view)
  if (!parts.views.hasRoomFor(view, session.claims.sub)) {
    parts.views.dropIfUnused(view)
    const message = 'Your queries are too long together; end some, or ask for less by each.'
    return refuse(session, id, wireError('too-many-subscriptions', message))
  }
  const rank = priority === undefined ? MEDIUM : PRIORITIES.indexOf(priority)
  if (!makeRoom(parts, session, rank)) {
    const message = `There is room for ${MAX_SUBSCRIPTIONS} subscriptions, and none of them has a lower priority.`
    parts.views.dropIfUnused(view)
    return refuse(session, id, wireError('too-many-subscriptions', message))
  }
  const since = resume && provenSince(parts, session, view, resume)
  const proven = since !== undefined && since <= (resume?.seq ?? 0)
  const subscription = {
    id,
    view: view.number,
    priority: rank,
    since: proven ? since : parts.store.head,
  }
  const { waiting } = session.greeted ?? state
  parts.views.arrange(session, { waiting: [...waiting, subscription] })
  return { id, resume, proven }
}

function isTaken({ greeted }: Session, id: number): boolean {
  if (!greeted) return false
  const lists = [greeted.subscriptions, greeted.waiting, greeted.evicted]
  return lists.some((list) => list.some((subscription) => subscription.id === id))
}

/** Ends a subscription. Ending one that does not exist changes nothing. */
export function unsubscribe(parts: { readonly views: Views }, session: Session, id: number): void {
  const state = session.greeted
  if (!state || !isTaken(session, id)) return
  const without = (list: readonly Subscription[]) => list.filter((subscription) => subscription.id !== id)
  parts.views.arrange(session, {
    subscriptions: without(state.subscriptions),
    waiting: without(state.waiting),
    evicted: without(state.evicted),
  })
}

/**
 * Ends a session whose client holds more of this log than the object does, by what it asks for, as long as Postgres
 * has not confirmed the log.
 *
 * @returns whether it was ended: then Postgres has to be asked which of the two is right
 */
export function endIfDoubtful(parts: Doubting, session: Session, wanted: readonly Wanted[]): boolean {
  const { store, sessions, lifecycle } = parts
  if (lifecycle.isConfirmed || !stillWaiting(session, wanted).some(({ resume }) => isAhead(store, resume)))
    return false
  const { code, error } = logMayBeAhead()
  sessions.close(session, code, error)
  return true
}

type Doubting = {
  readonly store: Store
  readonly sessions: Sessions
  readonly lifecycle: { readonly isConfirmed: boolean }
}

/**
 * Answers subscriptions that wait: names their views, sends one interval for those that resume, and
 * snapshots for the others. Afterwards the session stands at the head with all of them.
 */
export function sendInitial(parts: Answering, session: Session, wanted: readonly Wanted[]): void {
  const state = session.greeted
  const asked = stillWaiting(session, wanted)
  if (!state || asked.length === 0) return
  const { store, changes, lifecycle } = parts
  const resumes = usableResumes(store, state, asked)
  if (!resumes) {
    forgetAll(parts, session)
    return
  }
  // Those who have to wait longer are answered when all is loaded, or when the session reads on.
  if (!lifecycle.isComplete || session.behindSince !== undefined) return
  if ([...resumes.values()].some((seq) => !changes.from(seq))) {
    forgetAll(parts, session)
    return
  }
  const ids = new Set(asked.map(({ id }) => id))
  const taken = state.waiting.filter(({ id }) => ids.has(id))
  const told = missed(parts, taken, resumes)
  // What is too much for one frame costs less as a snapshot, which comes page by page.
  for (const id of tooMuch(told, session.room)) resumes.delete(id)
  for (const subscription of taken) announce(parts, session, subscription, resumes.has(subscription.id))
  catchUp(parts, session, taken, resumes, told)
  parts.views.arrange(session, {
    subscriptions: [
      ...state.subscriptions,
      ...taken.map((subscription) =>
        resumes.has(subscription.id) ? subscription : beginPaging(subscription),
      ),
    ],
    waiting: state.waiting.filter(({ id }) => !ids.has(id)),
  })
  session.moveTo(store.head)
  tellAllAside(
    parts,
    session,
    taken.map(({ view }) => view),
  )
  sendPages(parts, session)
}

/** Those that are not answered yet, and have not been ended meanwhile. */
function stillWaiting({ greeted }: Session, wanted: readonly Wanted[]): Wanted[] {
  return wanted.filter(({ id }) => greeted?.waiting.some((subscription) => subscription.id === id))
}

function refuse(session: Session, id: number, error: WireError): undefined {
  session.send(['error', { ...error, ref: id }])
}

function provenSince(
  { store, resumeTokens }: Announcing,
  session: Session,
  { definition }: LiveView,
  { epoch, resumeToken }: Resume,
): number | undefined {
  const client = session.greeted?.client ?? ''
  return epoch === store.epoch ? resumeTokens.verify(resumeToken, { client, epoch, definition }) : undefined
}

/**
 * From where each subscription that can resume does so, by its id; undefined if what the client holds is of
 * no use at all. A session without a cursor takes the place of the first one for its own, and only those
 * that begin there resume; later ones may begin anywhere before its cursor.
 */
function usableResumes(
  store: Store,
  { cursor }: GreetedState,
  wanted: readonly Wanted[],
): Map<number, number> | undefined {
  if (wanted.some(({ resume }) => resume && resume.epoch !== store.epoch)) return undefined
  const proven = wanted.flatMap(({ id, resume, proven }) =>
    proven && resume ? [{ id, seq: resume.seq }] : [],
  )
  const usable = proven.filter(({ seq }) => seq >= store.floor && seq <= store.head)
  const [first] = usable
  if (cursor === null && proven.length > 0 && !first) return undefined
  const begun = cursor === null ? usable.filter(({ seq }) => seq === first?.seq) : usable
  return new Map(begun.map(({ id, seq }) => [id, seq]))
}

function isAhead({ epoch, head }: Store, resume: Resume | undefined): boolean {
  return resume !== undefined && resume.epoch === epoch && resume.seq > head
}

/** Tells what the resumed subscriptions are to be told, each from where its client has it. */
function missed(
  { store, views, changes }: Answering,
  taken: readonly Subscription[],
  resumes: ReadonlyMap<number, number>,
): Told[] {
  return taken.flatMap((subscription) => {
    const view = views.of(subscription.view)
    const seq = resumes.get(subscription.id)
    if (!view || seq === undefined) return []
    const nets = changes.from(seq)
    const part = viewDelta(view, view.number, nets?.get(view.collection.name), () => store.rows.scan(view))
    return part ? [{ subscription, part }] : []
  })
}

/** Brings the session to the head, and the resumed views from where their client has them. */
function catchUp(
  { store, views }: Answering,
  session: Session,
  taken: readonly Subscription[],
  resumes: ReadonlyMap<number, number>,
  told: readonly Told[],
): void {
  const [begin] = resumes.values()
  const from = session.greeted?.cursor ?? begin
  if (from === undefined || (from === store.head && resumes.size === 0)) return
  const resumed = told.filter(({ subscription }) => resumes.has(subscription.id))
  session.send(['rows', from, store.head, resumed.map(({ part }) => part)])
  const digests = taken.flatMap(({ id, view: number }): [number, number, string][] => {
    const view = resumes.has(id) ? views.of(number) : undefined
    if (!view) return []
    const { rows, text } = views.digest(view)
    return [[number, rows, text]]
  })
  if (digests.length > 0) session.send(['digest', store.head, digests])
}
