import { findCollection } from '../core/application.ts'
import { part, rowValues } from '../core/publish.ts'
import { wireError } from '../protocol/errors.ts'
import { MAX_PAGE_BYTES, MAX_SUBSCRIPTIONS } from '../protocol/limits.ts'
import type { Subscribe } from '../protocol/up.ts'
import type { Value } from '../protocol/value.ts'
import { doubtful } from './greet.ts'
import type { Parts } from './parts.ts'
import { viewNumber } from './publish.ts'
import type { Session, Subscription } from './session.ts'

/** Takes subscriptions in, or says why not. They are answered by `answer`, together. */
export function subscribe(parts: Parts, session: Session, wanted: Subscribe): Subscribe | undefined {
  const state = session.greeted
  if (!state) return undefined
  const { id, collection } = wanted
  if (!findCollection(parts.app.manifest, collection)) {
    session.send([
      'error',
      wireError('unknown-collection', `"${collection}" is not a collection.`, { ref: id }),
    ])
    return undefined
  }
  const others = [...state.subscriptions, ...state.waiting].filter((subscription) => subscription.id !== id)
  if (others.length >= MAX_SUBSCRIPTIONS) {
    const message = `A session may hold ${MAX_SUBSCRIPTIONS} subscriptions.`
    session.send(['error', wireError('too-many-subscriptions', message, { ref: id })])
    return undefined
  }
  return wanted
}

/** Ends a subscription. Ending one that does not exist changes nothing. */
export function unsubscribe(session: Session, id: number): void {
  const state = session.greeted
  if (!state) return
  const without = (list: readonly Subscription[]) => list.filter((subscription) => subscription.id !== id)
  session.update({ subscriptions: without(state.subscriptions), waiting: without(state.waiting) })
}

/**
 * Answers the subscriptions that a session asked for in one turn: names their views, sends one
 * interval for those that resume, and a snapshot at the head for the others. Afterwards the
 * session stands at the head with all of them.
 */
export function answer(parts: Parts, session: Session, wanted: readonly Subscribe[]): void {
  const state = session.greeted
  if (!state || wanted.length === 0) return
  const { store, sessions, look } = parts
  if (!store.confirmed && wanted.some(({ resume }) => isAhead(store, resume))) {
    look()
    const { code, error } = doubtful()
    sessions.close(session, code, error)
    return
  }
  const base = resumeBase(parts, wanted)
  if (base === 'unusable') {
    session.update({ cursor: null, subscriptions: [] })
    session.send([
      'reset',
      { epoch: store.epoch, reason: 'What you hold is too old to be brought up to date.' },
    ])
    return
  }
  if (store.hydrating) {
    const ids = new Set(wanted.map(({ id }) => id))
    const waiting = [...state.waiting.filter(({ id }) => !ids.has(id)), ...wanted.map(strip)]
    session.update({ waiting })
    return
  }
  const resumed = wanted.filter(({ resume }) => base !== undefined && resume?.seq === base)
  announce(parts, session, wanted)
  catchUp(parts, session, base ?? state.cursor, resumed)
  for (const subscription of wanted) {
    if (!resumed.includes(subscription)) sendSnapshot(parts, session, subscription.collection)
  }
  const ids = new Set(wanted.map(({ id }) => id))
  session.update({
    cursor: store.head,
    subscriptions: [...state.subscriptions.filter(({ id }) => !ids.has(id)), ...wanted.map(strip)],
    waiting: state.waiting.filter(({ id }) => !ids.has(id)),
  })
}

function strip({ id, collection }: Subscribe): Subscription {
  return { id, collection }
}

/** The cursor that this turn's resuming subscriptions start from, if they have one that can be used. */
function resumeBase({ store }: Parts, wanted: readonly Subscribe[]): number | 'unusable' | undefined {
  const resume = wanted.find((subscription) => subscription.resume)?.resume
  if (!resume) return undefined
  const usable = resume.epoch === store.epoch && resume.seq >= store.floor && resume.seq <= store.head
  return usable ? resume.seq : 'unusable'
}

function isAhead({ epoch, head }: Parts['store'], resume: Subscribe['resume']): boolean {
  return resume !== undefined && resume.epoch === epoch && resume.seq > head
}

function announce({ app }: Parts, session: Session, wanted: readonly Subscribe[]): void {
  for (const { id, collection } of wanted) {
    const columns = findCollection(app.manifest, collection)?.columns.map((column) => column.name) ?? []
    session.send([
      'view',
      { subscription: id, view: viewNumber(app.manifest.collections, collection), columns },
    ])
  }
}

/** Brings the session from `from` to the head, with what changed in the resumed views. */
function catchUp(
  { app, store }: Parts,
  session: Session,
  from: number | null,
  resumed: readonly Subscribe[],
): void {
  if (from === null || (from === store.head && resumed.length === 0)) return
  const entries = resumed.length > 0 ? store.entries(from) : []
  const names = new Set(resumed.map(({ collection }) => collection))
  const parts = app.manifest.collections.flatMap((collection, view) => {
    const changed = names.has(collection.name) ? part(view, collection, entries) : undefined
    return changed ? [changed] : []
  })
  session.send(['rows', from, store.head, parts])
}

/** Sends all rows of a collection. Page by page, so that they are never all in memory. */
function sendSnapshot({ app, store }: Parts, session: Session, name: string): void {
  const collection = findCollection(app.manifest, name)
  if (!collection) return
  const view = viewNumber(app.manifest.collections, name)
  const total = store.rows.count(name)
  let rows: Value[][] = []
  let length = 0
  const send = (last: boolean) => {
    session.send(['page', { view, seq: store.head, rows, last, total }])
    rows = []
    length = 0
  }
  for (const stored of store.rows.living(name)) {
    if (rows.length > 0 && length + stored.length > MAX_PAGE_BYTES) send(false)
    rows.push(rowValues(collection, stored.row))
    length += stored.length
  }
  send(true)
}
