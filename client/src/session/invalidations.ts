import { is } from 'valibot'
import type { ErrorCode } from '../../../src/protocol/errors.ts'
import { inspectText } from '../../../src/protocol/guard.ts'
import { MAX_TAG_LENGTH, MAX_WATCHES } from '../../../src/protocol/limits.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import { patternSchema } from '../../../src/protocol/up/watch.ts'
import type { Guard } from '../api/guard.ts'
import { Listeners } from '../api/observable.ts'
import type { Invalidation } from '../api/types.ts'
import type { LogPosition } from '../queue/pending-edit.ts'

/** Patterns of one frame, which may have 256 KiB: each has up to 256 characters, and one of them up to six bytes. */
const PATTERNS_OF_FRAME = 128

/** Stands for all tags: what was touched meanwhile is not known. */
const ALL = '*'

/** The listeners to tags. Survives connections: what was touched meanwhile is told afterwards. */
export class Invalidations {
  readonly #listeners = new Map<string, Listeners<Invalidation>>()
  /** Up to where tags were told; undefined before the server's first word. */
  #covered: LogPosition | undefined
  #watched = new Set<string>()
  readonly #changed: () => void
  readonly #guard: Guard

  /** @param changed called when there is something to send */
  constructor(changed: () => void, guard: Guard) {
    this.#changed = changed
    this.#guard = guard
  }

  /**
   * Throws, with a code, for what is no pattern and for more of them than a session may watch.
   *
   * @param pattern a tag, or the beginning of tags and a star
   */
  listen(pattern: string, listener: (invalidation: Invalidation) => void): () => void {
    if (!this.#listeners.has(pattern)) refuseIfBad(pattern, this.#listeners.size)
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
    // Patterns of an earlier session go on from where they were told last; new ones begin here.
    const since = isFirst && this.#covered ? { since: this.#covered } : {}
    // What ends goes first: there is room for so many and no more.
    return [
      ...inFrames(ended).map((patterns): Up => ['unwatch', patterns]),
      ...inFrames(begun).map((patterns): Up => ['watch', { patterns, ...since }]),
    ]
  }

  /** The server says which tags were touched, perhaps none, up to a place. */
  told({ epoch, seq, tags }: LogPosition & { readonly tags: readonly string[] }): void {
    this.#covered = { epoch, seq }
    for (const [pattern, listeners] of [...this.#listeners]) {
      const own = tags.filter((tag) => tag === ALL || matchesTag(pattern, tag))
      if (own.length > 0) listeners.emit({ tags: own, seq })
    }
  }
}

/** As many of the longest as fit a frame, however they are escaped. */
function inFrames(patterns: readonly string[]): string[][] {
  const frames: string[][] = []
  for (let i = 0; i < patterns.length; i += PATTERNS_OF_FRAME)
    frames.push(patterns.slice(i, i + PATTERNS_OF_FRAME))
  return frames
}

function refuseIfBad(pattern: unknown, watched: number): void {
  if (!is(patternSchema, pattern) || inspectText(pattern)) {
    throw refusal('bad-value', `A tag or pattern is a well-formed text of 1 to ${MAX_TAG_LENGTH} characters.`)
  }
  if (watched >= MAX_WATCHES) {
    const message = `A client may watch ${MAX_WATCHES} tags and patterns; watch a pattern for many tags.`
    throw refusal('too-many-watches', message)
  }
}

function refusal(code: ErrorCode, message: string): Error {
  return Object.assign(new TypeError(message), { code })
}

function matchesTag(pattern: string, tag: string): boolean {
  return pattern.endsWith('*') ? tag.startsWith(pattern.slice(0, -1)) : pattern === tag
}
