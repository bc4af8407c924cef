import type { Observable } from '../api/observable.ts'

/**
 * The snapshots of something observable, from the one there is: a slow reader gets the latest, not each.
 * Leaving the loop ends the subscription.
 */
export async function* latest<Snapshot>({
  subscribe,
  getSnapshot,
}: Observable<Snapshot>): AsyncGenerator<Snapshot> {
  let wake = () => {}
  const stop = subscribe(() => wake())
  try {
    for (let told: Snapshot | undefined; ; ) {
      const snapshot = getSnapshot()
      if (snapshot !== told) {
        told = snapshot
        yield snapshot
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    stop()
  }
}
