import { ALL_TAGS } from './patterns.ts'

/** Turns that are kept apart while Postgres does not have them; what is touched beyond is told as all tags. */
export const MAX_HELD = 64

type Touched = { readonly tags: readonly string[]; readonly seq: number }

/** The tags that were touched by what Postgres does not have yet. Bounded, however long it is away. */
export class HeldTags {
  #held: Touched[] = []

  add({ tags, seq }: Touched): void {
    if (tags.length === 0) return
    if (this.#held.length < MAX_HELD) this.#held.push({ tags, seq })
    else this.#held[MAX_HELD - 1] = { tags: [ALL_TAGS], seq }
  }

  /** Takes out what Postgres has now; undefined when that is nothing. */
  take(committed: number): Touched | undefined {
    const taken = this.#held.filter(({ seq }) => seq <= committed)
    const last = taken.at(-1)
    this.#held = this.#held.slice(taken.length)
    return last && { seq: last.seq, tags: [...new Set(taken.flatMap(({ tags }) => tags))] }
  }

  clear(): void {
    this.#held = []
  }
}
