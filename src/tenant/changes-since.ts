import { type NetChanges, netChanges } from '../core/query/changes.ts'
import type { Store } from './store.ts'

/** Intervals that are kept: after a deploy a crowd comes back from few places of the log. */
const KEPT = 8

/** What changed from a place of the log up to its head. Worked out once for all who come from the same place. */
export class ChangesSince {
  readonly #store: Store
  readonly #known = new Map<number, NetChanges>()
  #head = 0

  constructor(store: Store) {
    this.#store = store
  }

  from(seq: number): NetChanges {
    const { head } = this.#store
    if (head !== this.#head) this.#known.clear()
    this.#head = head
    const known = this.#known.get(seq)
    if (known) return known
    const changes = netChanges(this.#store.entries(seq), (collection, id) =>
      this.#store.living(collection, id),
    )
    const [oldest] = this.#known.keys()
    if (this.#known.size === KEPT && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(seq, changes)
    return changes
  }
}
