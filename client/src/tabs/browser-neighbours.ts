import type { Neighbours } from './neighbours.ts'

/** The neighbours of a page by Web Locks and BroadcastChannel; undefined where there are none. */
export function browserNeighbours(): Neighbours | undefined {
  if (typeof navigator === 'undefined' || !navigator.locks || typeof BroadcastChannel === 'undefined')
    return undefined
  return {
    lock(name, how, lost) {
      const giveUp = new AbortController()
      // A lock is stolen, or had at once, by whoever does not wait, so there is nothing to give up then.
      const options =
        how === 'wait' ? { signal: giveUp.signal } : how === 'try' ? { ifAvailable: true } : { steal: true }
      const held = new Promise<(() => void) | undefined>((resolve) => {
        let isReleased = false
        navigator.locks
          .request(name, options, (lock) => {
            if (!lock) return resolve(undefined)
            return new Promise<void>((end) => {
              resolve(() => {
                isReleased = true
                end()
              })
            })
          })
          .catch(() => {
            // It was given up before it was held, which ends what waits for it, or another page has it now.
            resolve(undefined)
            if (!isReleased && !giveUp.signal.aborted) lost?.()
          })
      })
      return { held, cancel: () => giveUp.abort() }
    },
    channel(name, heard) {
      const channel = new BroadcastChannel(name)
      channel.onmessage = ({ data }: MessageEvent<unknown>) => heard(data)
      return { post: (message) => channel.postMessage(message), close: () => channel.close() }
    },
    onSleep(run) {
      const stop = new AbortController()
      document.addEventListener('freeze', run, { signal: stop.signal })
      window.addEventListener('pagehide', run, { signal: stop.signal })
      return () => stop.abort()
    },
  }
}
