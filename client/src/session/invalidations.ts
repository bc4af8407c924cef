import { saysCommits } from '../../../src/protocol/codec/earlier-words.ts'
import type { InvalidateNews } from '../../../src/protocol/down/invalidate.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { Guard } from '../api/guard.ts'
import type { Invalidation, InvalidationOptions } from '../api/invalidation.ts'
import { Listeners } from '../api/observable.ts'
import type { Environment } from '../environment/environment.ts'
import type { LogPosition } from '../queue/pending-edit.ts'
import type { HeldTags } from './held-tags.ts'
import { ALL_TAGS, inFrames, refuseIfBad, tagsFor } from './patterns.ts'

/** Milliseconds over which clients spread that all tags are touched: it befalls all of them at once. */
export const SPREAD_MS = 5_000

type Level = NonNullable<InvalidationOptions['at']>

/** Those who listen to a pattern at each level, and those who wait to hear that it is watched. */
type Heard = Readonly<Record<Level, Listeners<Invalidation>>> & { readonly waiting: Set<() => unknown> }

/**
 * The listeners to tags. Survives connections: what was touched meanwhile is told afterwards.
 *
 *   told --> listeners at `accepted`
 *     |----> held until Postgres has it --> listeners at `committed`
 *
 * A watch begins at what Postgres has, so that what lies between is told to both. Nothing is held across connections:
 * the next one begins where Postgres was.
 */
export class Invalidations {
  readonly #heard = new Map<string, Heard>()
  /** What is known to be in Postgres: all that it touched was told. */
  #committed: LogPosition | undefined
  /** Where what is asked begins: as the last session left it whose watches were answered, or as it was asked first. */
  #since: LogPosition | undefined
  /** Loaded later, and before anything is received. */
  #held: HeldTags | undefined
  /** The patterns of this session, and those of which the server has said that it watches them. */
  #watched = new Set<string>()
  readonly #confirmed = new Set<string>()
  /** What was asked and not answered, in its order. */
  #asked: (readonly string[])[] = []
  #tellsCommits = true
  readonly #spreading = new Set<Level>()
  readonly #changed: () => void
  readonly #guard: Guard
  readonly #environment: Pick<Environment, 'random' | 'setTimer'>

  /** @param changed called when there is something to send */
  constructor(changed: () => void, guard: Guard, environment: Pick<Environment, 'random' | 'setTimer'>) {
    this.#changed = changed
    this.#guard = guard
    this.#environment = environment
  }

  equip(held: HeldTags): void {
    this.#held = held
  }

  /**
   * Throws, with a code, for what is no pattern and for more of them than a session may watch.
   *
   * @param pattern a tag, or the beginning of tags and a star
   */
  listen(
    pattern: string,
    listener: (invalidation: Invalidation) => void,
    { at = 'accepted', onWatched }: InvalidationOptions = {},
  ): () => void {
    const known = this.#heard.get(pattern)
    refuseIfBad(pattern, at, known ? 0 : this.#heard.size)
    const heard = known ?? {
      accepted: new Listeners(this.#guard),
      committed: new Listeners(this.#guard),
      waiting: new Set(),
    }
    this.#heard.set(pattern, heard)
    const stop = heard[at].add(listener)
    const watched = () => onWatched?.()
    heard.waiting.add(watched)
    this.#changed()
    return () => {
      heard.waiting.delete(watched)
      if (!stop() || heard.accepted.size + heard.committed.size > 0) return
      this.#heard.delete(pattern)
      this.#changed()
    }
  }

  /** A new session: the server knows of no pattern. */
  disconnected(): void {
    if (this.#watched.size > 0) this.#since ??= this.#committed
    this.#watched = new Set()
    this.#confirmed.clear()
    this.#asked = []
    this.#held?.clear()
  }

  /** The frames that bring the server's list in line, in its version of the protocol. */
  outgoing(version: number): Up[] {
    this.#tellsCommits = saysCommits(version)
    this.#greet()
    const wanted = [...this.#heard.keys()]
    const begun = inFrames(wanted.filter((pattern) => !this.#watched.has(pattern)))
    const ended = [...this.#watched].filter((pattern) => !this.#heard.has(pattern))
    for (const pattern of ended) this.#confirmed.delete(pattern)
    if (begun.length > 0) this.#since ??= this.#committed
    const since = this.#since
    this.#watched = new Set(wanted)
    this.#asked.push(...begun)
    // What ends goes first: there is room for so many and no more.
    return [
      ...inFrames(ended).map((patterns): Up => ['unwatch', patterns]),
      ...begun.map((patterns): Up => ['watch', { patterns, ...(since && { since }) }]),
    ]
  }

  /** The server says which tags were touched, perhaps none, up to a place. */
  told({ epoch, seq, tags, watched }: InvalidateNews): void {
    this.#tell('accepted', { tags, seq })
    this.#held?.add({ tags, seq })
    if (this.#tellsCommits) this.#release()
    else this.committed({ epoch, seq })
    if (!watched && this.#tellsCommits) return
    for (const pattern of this.#asked.shift() ?? []) this.#confirmed.add(pattern)
    if (this.#asked.length === 0) this.#since = undefined
    this.#greet()
  }

  /** Postgres has the log up to a place. */
  committed(position: LogPosition): void {
    this.#committed = position
    this.#release()
  }

  #release(): void {
    const touched = this.#held?.take(this.#committed?.seq ?? 0)
    if (touched) this.#tell('committed', touched)
  }

  #tell(level: Level, { tags, seq }: Invalidation): void {
    if (!tags.includes(ALL_TAGS)) this.#emit(level, { tags, seq })
    else if (!this.#spreading.has(level)) {
      // A moment of its own for each client, so that not all of them ask anew at once.
      this.#spreading.add(level)
      this.#environment.setTimer(this.#environment.random() * SPREAD_MS, () => {
        this.#spreading.delete(level)
        this.#emit(level, { tags: [ALL_TAGS], seq })
      })
    }
  }

  #emit(level: Level, { tags, seq }: Invalidation): void {
    for (const [pattern, heard] of [...this.#heard]) {
      const own = tagsFor(pattern, tags)
      if (own.length > 0) heard[level].emit({ tags: own, seq })
    }
  }

  /** Tells those who wait for it that their pattern is watched. */
  #greet(): void {
    for (const [pattern, { waiting }] of this.#heard) {
      if (!this.#confirmed.has(pattern)) continue
      for (const run of waiting) {
        waiting.delete(run)
        this.#guard(run)
      }
    }
  }
}
