import type { Clock } from '../world/timeline.ts'

type Due = { readonly at: number; readonly run: () => void }

/**
 * The real clock, so many times faster: what a plan has a minute for happens in seconds. What is due runs in
 * the order of its time, and of its asking at the same time, which timers of their own do not promise.
 */
export function fastClock(speed: number): Clock {
  const begun = Date.now()
  const now = () => begun + (Date.now() - begun) * speed
  const waiting: Due[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const wait = () => {
    if (timer !== undefined) clearTimeout(timer)
    const [next] = waiting
    timer = next && setTimeout(runDue, Math.max(0, next.at - now()) / speed)
  }
  const runDue = () => {
    for (let next = waiting[0]; next && next.at <= now(); next = waiting[0]) {
      waiting.shift()
      next.run()
    }
    wait()
  }
  const runAt = (time: number, run: () => void) => {
    const due = { at: time, run }
    const place = waiting.findLastIndex(({ at }) => at <= time) + 1
    waiting.splice(place, 0, due)
    if (place === 0) wait()
    return () => {
      const found = waiting.indexOf(due)
      if (found >= 0) waiting.splice(found, 1)
    }
  }
  return {
    get now() {
      return now()
    },
    after: (ms, run) => runAt(now() + Math.max(0, ms), run),
    at: runAt,
  }
}
