import { Patterns } from '../../core/access/tags.ts'
import { MAX_WATCHES } from '../../protocol/limits.ts'
import type { Store } from '../storage/store.ts'

/** The tags and patterns of a session. */
type WatchedTags = { readonly names: ReadonlySet<string>; readonly patterns: Patterns }

/**
 * The cache tags that sessions watch. Kept in storage, because a socket's attachment, which survives sleep,
 * has no room for them.
 */
export class TagWatches {
  readonly #store: Store
  readonly #bySession = new Map<string, WatchedTags>()

  constructor(store: Store) {
    this.#store = store
  }

  /**
   * After a wake: learns what the sessions that outlived it watch.
   *
   * @param sessions their ids
   */
  wake(sessions: ReadonlySet<string>): void {
    const names = new Map<string, Set<string>>()
    const gone = new Set<string>()
    for (const { session, pattern } of this.#store.watches.all()) {
      if (sessions.has(session)) names.set(session, (names.get(session) ?? new Set()).add(pattern))
      else gone.add(session)
    }
    if (gone.size > 0)
      this.#store.transaction((txn) => {
        for (const session of gone) txn.dropWatches(session)
      })
    for (const [session, patterns] of names) this.#keep(session, patterns)
  }

  /** Sessions that watch something, by id. */
  get all(): ReadonlyMap<string, WatchedTags> {
    return this.#bySession
  }

  /** Returns false, and changes nothing, if these are too many. */
  add(session: string, patterns: readonly string[]): boolean {
    const held = this.#bySession.get(session)?.names ?? new Set()
    const names = new Set([...held, ...patterns])
    if (names.size > MAX_WATCHES) return false
    this.#store.transaction((txn) => txn.putWatches(session, patterns))
    this.#keep(session, names)
    return true
  }

  remove(session: string, patterns: readonly string[]): void {
    const names = new Set(this.#bySession.get(session)?.names)
    const dropped = patterns.filter((pattern) => names.delete(pattern))
    if (dropped.length > 0) this.#store.transaction((txn) => txn.dropWatches(session, dropped))
    this.#keep(session, names)
  }

  /** A session has ended. */
  drop(session: string): void {
    if (!this.#bySession.has(session)) return
    this.#store.transaction((txn) => txn.dropWatches(session))
    this.#bySession.delete(session)
  }

  #keep(session: string, names: ReadonlySet<string>): void {
    if (names.size === 0) this.#bySession.delete(session)
    else this.#bySession.set(session, { names, patterns: new Patterns(names) })
  }
}
