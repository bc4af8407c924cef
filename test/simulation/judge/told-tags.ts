import type { History } from './history.ts'
import type { Judge } from './judge.ts'

type LogPosition = { readonly epoch: string; readonly seq: number }

/** Stands for all tags: what was touched meanwhile is not known. */
const ALL = '*'

/** What a client that watches the tags of assignees was told to be stale. */
export class ToldTags {
  /** Where the watching began. */
  #begun: LogPosition | undefined
  readonly #told = new Map<string, LogPosition>()

  told({ epoch, seq, tags }: LogPosition & { readonly tags: readonly string[] }): void {
    this.#begun ??= { epoch, seq }
    for (const tag of tags) this.#told.set(tag, { epoch, seq })
  }

  /** At the end every change since the beginning was told, by its own tag or by the one for all. */
  finished(history: History, judge: Judge): void {
    const begun = this.#begun
    if (!begun) return
    for (const [id, seq] of history.lastChanges('assignees')) {
      if (begun.epoch === history.epoch && seq <= begun.seq) continue
      const places = [this.#told.get(ALL), this.#told.get(`assignees_${id}`)]
      const isTold = places.some((place) => place?.epoch === history.epoch && place.seq >= seq)
      judge.check('INV', isTold, () => `was not told that assignees_${id} is stale since ${seq}`)
    }
  }
}
