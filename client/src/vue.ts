import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue, watchEffect } from 'vue'
import type { Observable } from './api/observable.ts'

/**
 * A live query, a connection, or anything else that can be watched, as a ref: current as long as its component, or
 * its effect scope, lives. Given as a function it is another one when what that reads changes.
 *
 * @example const cards = useQuery(() => db.cards.where({ status: status.value }))
 */
export function useQuery<Snapshot>(
  query: MaybeRefOrGetter<Observable<Snapshot>>,
): Readonly<ShallowRef<Snapshot>> {
  const snapshot = shallowRef(toValue(query).getSnapshot())
  watchEffect((onCleanup) => {
    const live = toValue(query)
    const show = () => {
      snapshot.value = live.getSnapshot()
    }
    onCleanup(live.subscribe(show))
    show()
  })
  return snapshot
}
