import { attachedColumns } from '../../core/app/attached.ts'
import type { IntervalChanges, RecordChange } from '../../core/query/changes.ts'
import { concernedBy, type Moved, partOf } from '../../core/query/delta.ts'
import { DigestSum, type RowsDigest } from '../../core/query/digest.ts'
import { defineView, type Rights, valuesOf } from '../../core/query/view.ts'
import { ViewIndex } from '../../core/query/view-index.ts'
import type { Part } from '../../protocol/down/rows.ts'
import type { WireError } from '../../protocol/errors.ts'
import { MAX_PERSON_DEFINITIONS, MAX_TENANT_DEFINITIONS } from '../../protocol/limits.ts'
import type { Query } from '../../protocol/query.ts'
import type { Row } from '../../protocol/value.ts'
import type { Session } from '../sessions/session.ts'
import type { GreetedState } from '../sessions/session-state.ts'
import { ChangedAt } from './changed-at.ts'
import type { Ground, LiveView } from './live-view.ts'
import { Windows } from './windows.ts'

/** The subscriptions of a session: answered, waiting, and given way. */
type Lists = Pick<GreetedState, 'subscriptions' | 'waiting' | 'evicted'>

const NO_LISTS: Lists = { subscriptions: [], waiting: [], evicted: [] }

/** All that a session holds of views. */
const listed = ({ subscriptions, waiting, evicted }: Lists) => [...subscriptions, ...waiting, ...evicted]

/**
 * The views that sessions follow, each once however many share it. They are kept in storage while a
 * socket names them, because a socket's attachment, which survives sleep, has no room for queries.
 */
export class Views {
  readonly #ground: Ground
  readonly #byNumber = new Map<number, LiveView>()
  readonly #byDefinition = new Map<string, LiveView>()
  readonly #indexes = new Map<string, ViewIndex<LiveView>>()
  /** How many subscriptions of all sessions name a view, waiting ones too. */
  readonly #holders = new Map<LiveView, number>()
  /** Characters of the definitions that are held by a person's subscriptions, and of all there are. */
  readonly #bySubject = new Map<string, number>()
  #characters = 0
  readonly #digests = new Map<LiveView, DigestSum>()
  /** Parts that went out since a view's digest did. */
  readonly #undigested = new Map<LiveView, number>()
  readonly #changedAt: ChangedAt
  readonly windows: Windows
  /** How many conditions of views ask for a column of the record that something is about. */
  readonly #asked = new Map<string, number>()
  #last = 0
  #active = 0
  #evicted = 0

  constructor(ground: Ground) {
    this.#ground = ground
    this.#changedAt = new ChangedAt(ground.store)
    this.windows = new Windows(ground)
  }

  /** After a wake: learns what the sessions that outlived it follow. What none of them does is not even parsed. */
  wake(sessions: Iterable<Session>): void {
    const all = [...sessions]
    const followed = new Set(
      all.flatMap(({ greeted }) => listed(greeted ?? NO_LISTS).map(({ view }) => view)),
    )
    const unused: number[] = []
    for (const { number, definition } of this.#ground.store.views.all()) {
      const view = followed.has(number) ? this.#defined(number, definition) : undefined
      if (view) this.#keep(view)
      else unused.push(number)
      this.#last = Math.max(this.#last, number)
    }
    for (const number of unused) this.#forget(number)
    for (const session of all) this.#reconcile(session, undefined, session.greeted)
  }

  /** A view that was kept; undefined where the application of today does not know it: its socket is closed next. */
  #defined(number: number, definition: string): LiveView | undefined {
    const [query, rights]: [Query, Rights] = JSON.parse(definition)
    const view = defineView(this.#ground.manifest, query, rights)
    return 'columns' in view ? { ...view, number, definition, query, followers: new Set() } : undefined
  }

  of(number: number): LiveView | undefined {
    return this.#byNumber.get(number)
  }

  /** The view of a query under given rights, made if nobody follows it yet, or why it cannot be. */
  intern(query: Query, rights: Rights): LiveView | WireError {
    const definition = JSON.stringify([query, rights])
    const known = this.#byDefinition.get(definition)
    if (known) return known
    const view = defineView(this.#ground.manifest, query, rights)
    if (!('columns' in view)) return view
    const number = this.#last + 1
    const made = { ...view, number, definition, query, followers: new Set<Session>() }
    this.#ground.store.transaction((txn) => txn.putView(number, definition))
    this.#keep(made)
    return made
  }

  /** How many subscriptions of all sessions are answered, or wait for it. */
  get active(): number {
    return this.#active
  }

  /** How many gave way to others. */
  get evicted(): number {
    return this.#evicted
  }

  /** Changes what a session holds. */
  arrange(session: Session, lists: Partial<Lists>): void {
    const before = session.greeted
    session.update(lists)
    this.#reconcile(session, before, session.greeted)
  }

  /** A session is about to end. */
  ended(session: Session): void {
    this.#reconcile(session, session.greeted, undefined)
  }

  #reconcile(session: Session, before: Lists = NO_LISTS, after: Lists = NO_LISTS): void {
    const { sub } = session.claims
    for (const { view } of listed(after)) this.#hold(view, 1, sub)
    for (const { view } of before.subscriptions) this.#byNumber.get(view)?.followers.delete(session)
    for (const { view } of after.subscriptions) this.#byNumber.get(view)?.followers.add(session)
    for (const { view } of listed(before)) this.#hold(view, -1, sub)
    this.#active += after.subscriptions.length + after.waiting.length
    this.#active -= before.subscriptions.length + before.waiting.length
    this.#evicted += after.evicted.length - before.evicted.length
  }

  #hold(number: number, by: 1 | -1, subject: string): void {
    const view = this.#byNumber.get(number)
    if (!view) return
    this.#holders.set(view, (this.#holders.get(view) ?? 0) + by)
    const characters = (this.#bySubject.get(subject) ?? 0) + by * view.definition.length
    if (characters > 0) this.#bySubject.set(subject, characters)
    else this.#bySubject.delete(subject)
    this.dropIfUnused(view)
  }

  /** Whether a person may hold a view beside what all hold already: both are bounded, in characters of definitions. */
  hasRoomFor({ definition }: LiveView, subject: string): boolean {
    const own = (this.#bySubject.get(subject) ?? 0) + definition.length
    return own <= MAX_PERSON_DEFINITIONS && this.#characters <= MAX_TENANT_DEFINITIONS
  }

  /**
   * What changes up to the head came to in the views that they concern. Views they do not touch cost nothing.
   *
   * @param failed called with a view that could not be read, and why
   */
  touchedBy(
    changes: IntervalChanges,
    failed: (view: LiveView, thrown: unknown) => void,
  ): Map<LiveView, Part> {
    this.#changedAt.note(changes.keys())
    const parts = new Map<LiveView, Part>()
    for (const [collection, ofCollection] of changes) {
      const concerned = new Map<LiveView, Map<string, NonNullable<ReturnType<typeof ofCollection.get>>>>()
      for (const change of ofCollection.values()) {
        for (const view of this.#concerned(collection, change.before, change.after)) {
          const ofView = concerned.get(view) ?? new Map()
          concerned.set(view, ofView.set(change.id, change))
        }
      }
      for (const [view, itsChanges] of concerned) {
        try {
          const part = this.#move(view, itsChanges)
          if (part) parts.set(view, part)
        } catch (thrown) {
          this.#digests.delete(view)
          this.windows.drop(view)
          failed(view, thrown)
        }
      }
    }
    return parts
  }

  #move(view: LiveView, changes: ReadonlyMap<string, RecordChange>): Part | undefined {
    const moves =
      view.limit === undefined ? concernedBy(view, changes) : this.windows.move(view, view.limit, changes)
    this.#moveDigest(view, moves)
    const part = partOf(view, view.number, moves)
    if (part) this.#undigested.set(view, (this.#undigested.get(view) ?? 0) + 1)
    return part
  }

  /** The seq of a collection's last change, or a later one: before the object woke it is not known exactly. */
  changedAt(collection: string): number {
    return this.#changedAt.of(collection)
  }

  /** What a view holds at the head. Worked out once a wake, and kept up with changes from then on. */
  digest(view: LiveView): RowsDigest {
    const known = this.#digests.get(view)
    if (known) return known.result
    const sum = new DigestSum()
    let rows = 0
    for (const row of this.#ground.scan(view)) {
      if (rows === view.limit) break
      sum.add(valuesOf(view, row))
      rows += 1
    }
    this.#digests.set(view, sum)
    return sum.result
  }

  /** Have so many parts gone out since the view's digest was last due? */
  isDigestDue(view: LiveView, parts: number): boolean {
    if ((this.#undigested.get(view) ?? 0) < parts) return false
    this.#undigested.delete(view)
    return true
  }

  #moveDigest(view: LiveView, moves: readonly Moved[]): void {
    const sum = this.#digests.get(view)
    if (!sum) return
    for (const { before, after } of moves) {
      if (before) sum.remove(valuesOf(view, before))
      if (after) sum.add(valuesOf(view, after))
    }
  }

  #concerned(collection: string, before: Row | undefined, after: Row | undefined): Set<LiveView> {
    const found = new Set<LiveView>()
    const index = this.#indexes.get(collection)
    if (before) index?.collect(before, found)
    if (after) index?.collect(after, found)
    return found
  }

  #keep(view: LiveView): void {
    this.#last = Math.max(this.#last, view.number)
    this.#characters += view.definition.length
    this.#byNumber.set(view.number, view)
    this.#byDefinition.set(view.definition, view)
    const index = this.#indexes.get(view.collection.name) ?? new ViewIndex<LiveView>()
    this.#indexes.set(view.collection.name, index)
    index.add(view)
    this.#ask(view, 1)
  }

  /** Whether a view depends on a column of the records that its rows are about. */
  readonly isAsked = (column: string): boolean => this.#asked.has(column)

  #ask({ filter }: LiveView, by: 1 | -1): void {
    for (const column of attachedColumns(filter)) {
      const count = (this.#asked.get(column) ?? 0) + by
      if (count > 0) this.#asked.set(column, count)
      else this.#asked.delete(column)
    }
  }

  /** Forgets a view that no session holds. */
  dropIfUnused(view: LiveView): void {
    if ((this.#holders.get(view) ?? 0) > 0) return
    this.#holders.delete(view)
    this.#digests.delete(view)
    this.windows.drop(view)
    this.#undigested.delete(view)
    if (this.#byNumber.delete(view.number)) this.#characters -= view.definition.length
    this.#byDefinition.delete(view.definition)
    this.#indexes.get(view.collection.name)?.delete(view)
    this.#ask(view, -1)
    this.#forget(view.number)
  }

  #forget(number: number): void {
    this.#ground.store.transaction((txn) => txn.dropView(number))
  }
}
