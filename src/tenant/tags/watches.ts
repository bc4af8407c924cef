import { Patterns } from '../../core/access/invalidation.ts'
import type { Sql } from '../../platform/platform.ts'
import { MAX_WATCHES } from '../../protocol/limits.ts'

/** The tags and patterns of a session. */
type Watched = { readonly names: ReadonlySet<string>; readonly patterns: Patterns }

/**
 * The cache tags that sessions watch. Kept in storage, because a socket's attachment, which survives sleep,
 * has no room for them.
 */
export class Watches {
  readonly #sql: Sql
  readonly #bySession = new Map<string, Watched>()

  /** @param sql of a storage whose schema is up to date */
  constructor(sql: Sql) {
    this.#sql = sql
  }

  /**
   * After a wake: learns what the sessions that outlived it watch.
   *
   * @param sessions their ids
   */
  wake(sessions: ReadonlySet<string>): void {
    const names = new Map<string, Set<string>>()
    const stored = this.#sql
      .exec<{ session: string; pattern: string }>('SELECT session, pattern FROM watch')
      .toArray()
    for (const { session, pattern } of stored) {
      if (sessions.has(session)) names.set(session, (names.get(session) ?? new Set()).add(pattern))
      else this.#remove(session, pattern)
    }
    for (const [session, patterns] of names) this.#keep(session, patterns)
  }

  /** Sessions that watch something, by id. */
  get all(): ReadonlyMap<string, Watched> {
    return this.#bySession
  }

  /** Returns false, and changes nothing, if these are too many. */
  add(session: string, patterns: readonly string[]): boolean {
    const held = this.#bySession.get(session)?.names ?? new Set()
    const names = new Set([...held, ...patterns])
    if (names.size > MAX_WATCHES) return false
    for (const pattern of patterns) {
      this.#sql.exec('INSERT OR IGNORE INTO watch (session, pattern) VALUES (?, ?)', session, pattern)
    }
    this.#keep(session, names)
    return true
  }

  remove(session: string, patterns: readonly string[]): void {
    const names = new Set(this.#bySession.get(session)?.names)
    for (const pattern of patterns) if (names.delete(pattern)) this.#remove(session, pattern)
    this.#keep(session, names)
  }

  /** A session has ended. */
  drop(session: string): void {
    if (!this.#bySession.delete(session)) return
    this.#sql.exec('DELETE FROM watch WHERE session = ?', session)
  }

  #keep(session: string, names: ReadonlySet<string>): void {
    if (names.size === 0) this.#bySession.delete(session)
    else this.#bySession.set(session, { names, patterns: new Patterns(names) })
  }

  #remove(session: string, pattern: string): void {
    this.#sql.exec('DELETE FROM watch WHERE session = ? AND pattern = ?', session, pattern)
  }
}
