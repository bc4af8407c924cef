import { viewDelta } from '../../core/query/delta.ts'
import { rightsOf } from '../../core/query/view.ts'
import { CLOSE, type WireError, wireError } from '../../protocol/errors.ts'
import { MAX_SUBSCRIPTIONS } from '../../protocol/limits.ts'
import type { Query } from '../../protocol/query.ts'
import { readQuery } from '../../protocol/read-query.ts'
import { PRIORITIES, type Subscribe } from '../../protocol/up/subscribe.ts'
import type { Parts } from '../parts.ts'
import { doubtful } from '../sessions/greet.ts'
import type { GreetedState, Session, Subscription } from '../sessions/session.ts'
import { makeRoom } from './budget.ts'
import { type Told, tooMuch } from './interval.ts'
import { beginPaging, sendPages } from './pages.ts'
import { tellAllAside } from './set-aside.ts'
import type { LiveView } from './views.ts'

type Resume = NonNullable<Subscribe['resume']>

/** A subscription to be answered, and what its client says it holds. */
export type Wanted = {
  readonly id: number
  readonly resume?: Resume | undefined
  /** It was given that. */
  readonly proven?: boolean
}

const MEDIUM = PRIORITIES.indexOf('medium')

/** Takes a subscription in, or says why not. Those of one turn are answered together, by `answer`. */
export function subscribe(parts: Parts, session: Session, request: Subscribe): Wanted | undefined {
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
  const rank = priority === undefined ? MEDIUM : PRIORITIES.indexOf(priority)
  if (!makeRoom(parts, session, rank)) {
    const message = `There is room for ${MAX_SUBSCRIPTIONS} subscriptions, and none of them has a lower priority.`
    parts.views.dropIfUnused(view)
    return refuse(session, id, wireError('too-many-subscriptions', message))
  }
  const since = resume && sealedSince(parts, session, view, resume)
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
export function unsubscribe(parts: Parts, session: Session, id: number): void {
  const state = session.greeted
  if (!state || !isTaken(session, id)) return
  const without = (list: readonly Subscription[]) => list.filter((subscription) => subscription.id !== id)
  parts.views.arrange(session, {
    subscriptions: without(state.subscriptions),
    waiting: without(state.waiting),
    evicted: without(state.evicted),
  })
}

/** The view of a query under a person's rights. A rule that fails shows nothing. */
export function findView({ app, views, log }: Parts, session: Session, query: Query): LiveView | WireError {
  try {
    return views.intern(query, rightsOf(app, session.claims, query.collection))
  } catch (thrown) {
    log('rule-failed', { collection: query.collection, error: String(thrown) })
    return wireError('internal', 'The rules for this collection failed; ask whoever runs the service.')
  }
}

/**
 * Answers subscriptions that wait: names their views, sends one interval for those that resume, and
 * snapshots for the others. Afterwards the session stands at the head with all of them.
 */
export function answer(parts: Parts, session: Session, wanted: readonly Wanted[]): void {
  const state = session.greeted
  const asked = wanted.filter(({ id }) => state?.waiting.some((subscription) => subscription.id === id))
  if (!state || asked.length === 0) return
  const { store, sessions, changes, look } = parts
  if (!store.confirmed && asked.some(({ resume }) => isAhead(store, resume))) {
    look()
    const { code, error } = doubtful()
    sessions.close(session, code, error)
    return
  }
  const resumes = usableResumes(parts, state, asked)
  if (!resumes) {
    forgetAll(parts, session)
    return
  }
  // Those who have to wait longer are answered when all is loaded, or when the session reads on.
  if (store.hydrating || session.behindSince !== undefined) return
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

/** The session's rows cannot be brought up to date: its client is to drop them, and to ask anew. */
export function forgetAll({ store, views }: Parts, session: Session): void {
  views.arrange(session, { subscriptions: [], waiting: [], evicted: [] })
  session.moveTo(null)
  session.update({ behindSince: undefined })
  session.send([
    'reset',
    { epoch: store.epoch, reason: 'What you hold is too old to be brought up to date.' },
  ])
}

/** Names a subscription's view. */
export function announce(
  { store, views, seals }: Parts,
  session: Session,
  { id, view: number, since }: Subscription,
  resumed: boolean,
): void {
  const view = views.of(number)
  const client = session.greeted?.client
  if (!view || client === undefined) return
  const { columns, definition } = view
  const resumeToken = seals.seal({ client, epoch: store.epoch, definition, since })
  session.send([
    'view',
    { subscription: id, view: number, columns: [...columns], resumeToken, ...(resumed && { resumed }) },
  ])
}

function refuse(session: Session, id: number, error: WireError): undefined {
  session.send(['error', { ...error, ref: id }])
}

function sealedSince(
  { store, seals }: Parts,
  session: Session,
  { definition }: LiveView,
  { epoch, resumeToken }: Resume,
): number | undefined {
  const client = session.greeted?.client ?? ''
  return epoch === store.epoch ? seals.open(resumeToken, { client, epoch, definition }) : undefined
}

/**
 * From where each subscription that can resume does so, by its id; undefined if what the client holds is of
 * no use at all. A session without a cursor takes the place of the first one for its own, and only those
 * that begin there resume; later ones may begin anywhere before its cursor.
 */
function usableResumes(
  { store }: Parts,
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

function isAhead({ epoch, head }: Parts['store'], resume: Resume | undefined): boolean {
  return resume !== undefined && resume.epoch === epoch && resume.seq > head
}

/** What the resumed subscriptions are to be told, each from where its client has it. */
function missed(
  { store, views, changes }: Parts,
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
  { store, views }: Parts,
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
