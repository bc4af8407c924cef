import type { Coverage } from '../judge/coverage.ts'
import type { Counts } from '../judge/judge.ts'

/** How a run went. */
export type Report = {
  readonly operations: number
  readonly events: number
  /** Virtual milliseconds. */
  readonly elapsed: number
  readonly crashes: number
  readonly wakes: number
  readonly violations: readonly string[]
  /** How often each clause was put to the test. */
  readonly checks: Counts
  /** What each fault has struck. */
  readonly coverage: Coverage
  /** Names the whole course of the run: equal for equal plans. */
  readonly trace: string
}
