import type { Up } from '../../src/protocol/up.ts'
import type { Guard } from './guard.ts'
import { Listeners } from './observable.ts'
import type { Place } from './pending-edit.ts'

/** Tags that changes have touched, and the place in the tenant's order up to which they tell. */
export type Invalidation = { readonly tags: readonly string[]; readonly seq: number }

/** Stands for all tags: what was touched meanwhile is not known. */
const ALL = '*'

/** Who wants to be told of which tags. Survives connections: what was touched meanwhile is told afterwards. */
export class Invalidations {
  readonly #listeners = new Map<string, Listeners<Invalidation>>()
  /** Up to where tags were told; undefined before the server's first word. */
  #covered: Place | undefined
  #watched = new Set<string>()
  readonly #changed: () => void
  readonly #guard: Guard

  /** @param changed called when there is something to send */
  constructor(changed: () => void, guard: Guard) {
    this.#changed = changed
    this.#guard = guard
  }

  /** @param pattern a tag, or the beginning of tags and a star */
  listen(pattern: string, listener: (invalidation: Invalidation) => void): () => void {
    const listeners = this.#listeners.get(pattern) ?? new Listeners<Invalidation>(this.#guard)
    this.#listeners.set(pattern, listeners)
    const stop = listeners.add(listener)
    this.#changed()
    return () => {
      if (!stop() || listeners.size > 0) return
      this.#listeners.delete(pattern)
      this.#changed()
    }
  }

  /** A new session: the server knows of no pattern. */
  disconnected(): void {
    this.#watched = new Set()
  }

  /** The frames that bring the server's list in line. */
  outgoing(): Up[] {
    const wanted = [...this.#listeners.keys()]
    const begun = wanted.filter((pattern) => !this.#watched.has(pattern))
    const ended = [...this.#watched].filter((pattern) => !this.#listeners.has(pattern))
    const isFirst = this.#watched.size === 0
    this.#watched = new Set(wanted)
    if (wanted.length === 0) this.#covered = undefined
    const frames: Up[] = []
    // Patterns of an earlier session go on from where they were told last; new ones begin here.
    const since = isFirst && this.#covered ? { since: this.#covered } : {}
    if (begun.length > 0) frames.push(['watch', { patterns: begun, ...since }])
    if (ended.length > 0) frames.push(['unwatch', ended])
    return frames
  }

  /** The server says which tags were touched, perhaps none, up to a place. */
  told({ epoch, seq, tags }: Place & { readonly tags: readonly string[] }): void {
    this.#covered = { epoch, seq }
    for (const [pattern, listeners] of [...this.#listeners]) {
      const own = tags.filter((tag) => tag === ALL || matchesTag(pattern, tag))
      if (own.length > 0) listeners.emit({ tags: own, seq })
    }
  }
}

function matchesTag(pattern: string, tag: string): boolean {
  return pattern.endsWith('*') ? tag.startsWith(pattern.slice(0, -1)) : pattern === tag
}
