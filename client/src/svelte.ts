import { createSubscriber } from 'svelte/reactivity'
import type { Observable } from './api/observable.ts'

/** A query as Svelte reads it: `current` in runes, and a store beside it. */
export type SvelteQuery<Snapshot> = {
  readonly current: Snapshot
  subscribe(run: (snapshot: Snapshot) => void): () => void
}

/**
 * A live query, a connection, or anything else that can be watched. It is followed as long as an effect or a
 * component reads `current`, or somebody subscribes to it as a store.
 *
 * @example const cards = $derived(createQuery(db.cards.where({ status })))
 */
export function createQuery<Snapshot>({
  subscribe,
  getSnapshot,
}: Observable<Snapshot>): SvelteQuery<Snapshot> {
  let shown: Snapshot
  const follow = createSubscriber((update) =>
    subscribe((snapshot) => {
      if (snapshot !== shown) update()
    }),
  )
  return {
    get current() {
      follow()
      shown = getSnapshot()
      return shown
    },
    subscribe(run) {
      const stop = subscribe(run)
      run(getSnapshot())
      return stop
    },
  }
}
