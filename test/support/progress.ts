import type { TestContext } from 'vitest'

/** Milliseconds between two times that progress is told. */
const TOLD_EVERY_MS = 2_000

/** Says how far a long test is, as the proof prints it. */
export function progressOf({ annotate }: TestContext, what: string): (done: number, of: number) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return (done, of) => {
    const now = performance.now()
    if (now - toldAt < TOLD_EVERY_MS) return
    toldAt = now
    void annotate(`${done} of ${of} ${what}`, 'progress')
  }
}
