import { type Accessor, createMemo, from } from 'solid-js'
import type { Observable } from './api/observable.ts'

/**
 * A live query, a connection, or anything else that can be watched, as a signal: current as long as its owner lives.
 * It is given as a function, and is another one when what that reads changes.
 *
 * @example const cards = createQuery(() => db.cards.where({ status: status() }))
 */
export function createQuery<Snapshot>(query: () => Observable<Snapshot>): Accessor<Snapshot> {
  const followed = createMemo(() => {
    const { subscribe, getSnapshot } = query()
    return from<Snapshot>((set) => {
      const stop = subscribe((snapshot) => set(() => snapshot))
      set(getSnapshot)
      return stop
    }, getSnapshot())
  })
  // One that is told the same again runs nothing.
  return createMemo(() => followed()())
}
