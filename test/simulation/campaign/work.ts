import { type Profiler, Session } from 'node:inspector/promises'
import { setFlagsFromString } from 'node:v8'

/**
 * Calls that one edit may take. Seen: 1,690 where half of the readers follow what lost unseen, and from one round to
 * the next a fiftieth more or less. Some 280 of them charge work, judge the token before each frame, count, and look
 * for alerts.
 */
export const MAX_CALLS = 1_710

/** Edits before one that comes late. */
export const MANY_EDITS = 1_500

/** How many times the work of an early edit a late one may take. Seen: 1.001. */
export const MAX_GROWTH = 1.1

/** What of the product's code is run: how often its functions are called, and how many of its characters are passed. */
export type Work = { readonly calls: number; readonly passed: number }

/** Files whose work is counted: what is deployed, and what is embedded. */
const COUNTED = /\/(?:src|client\/src)\/[^?]+\.ts/

/** Counts the work of the product. What was imported before is counted by function and not by block. */
export class WorkCounter {
  readonly #session = new Session()

  async start(): Promise<void> {
    // What V8 optimises it counts as never called, and it draws by time what that is.
    for (const compiler of ['opt', 'maglev']) setFlagsFromString(`--no-${compiler}`)
    this.#session.connect()
    await this.#session.post('Profiler.enable')
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  stop(): void {
    this.#session.disconnect()
  }

  async during(work: () => Promise<unknown>): Promise<Work> {
    await this.#session.post('Profiler.takePreciseCoverage')
    await work()
    const { result } = await this.#session.post('Profiler.takePreciseCoverage')
    const functions = result
      .filter(({ url }) => COUNTED.test(url) && !url.includes('/node_modules/'))
      .flatMap((script) => script.functions)
    const sum = (count: (ranges: readonly Profiler.CoverageRange[]) => number) =>
      functions.reduce((total, { ranges }) => total + count(ranges), 0)
    return { calls: sum(([whole]) => whole?.count ?? 0), passed: sum(charactersPassed) }
  }
}

/**
 * By how many characters a function went. Blocks that run as often as what they are in are told as one with it, so
 * the sum of all counts would say how different they are, and not how often they run.
 *
 * @param ranges the function and the blocks in it, each after what it is in
 */
function charactersPassed(ranges: readonly Profiler.CoverageRange[]): number {
  const around: Profiler.CoverageRange[] = []
  let passed = 0
  for (const range of ranges) {
    while ((around.at(-1)?.endOffset ?? Infinity) <= range.startOffset) around.pop()
    passed += (range.endOffset - range.startOffset) * (range.count - (around.at(-1)?.count ?? 0))
    around.push(range)
  }
  return passed
}
