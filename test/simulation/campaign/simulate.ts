import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { replay } from '../../../client/src/testing/replay.ts'
import { findDefects } from '../defects/find-defects.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { alwaysWith, type Plan, RATE_NAMES } from './plan.ts'
import { plansOf, runPlans, tellRuns, tellSum } from './run-plans.ts'
import { shrink } from './shrink.ts'
import { tellFailure } from './tell-failure.ts'

/** Milliseconds between two lines of progress. */
const PROGRESS_MS = 5_000

const say = (line: string) => void process.stdout.write(`${line}\n`)

/** Runs all plans; the first failure ends it, and is told in its smallest form. */
async function simulate(options: Options): Promise<boolean> {
  const plans = options.plan ? [options.plan] : drawn(options)
  const begun = performance.now()
  let toldAt = begun
  const sum = await runPlans(plans, (soFar) => {
    const now = performance.now()
    if (now - toldAt >= PROGRESS_MS) {
      toldAt = now
      say(`${tellRuns(soFar)} in ${Math.round((now - begun) / 1_000)} s`)
    }
    return soFar.failures.length === 0
  })
  const [failure] = sum.failures
  if (failure) {
    say(tellFailure(failure, 'fails'))
    if (options.shrink) say(tellFailure(await shrink(failure), 'fails as well, and is smaller'))
    return false
  }
  if (plans.length === 1) say(`trace ${sum.trace}`)
  for (const line of tellSum(sum)) say(line)
  return true
}

function drawn({ mode, only, always, ...options }: Options): Plan[] {
  return plansOf(options).map((plan) => {
    const left = RATE_NAMES.filter((name) => only?.has(name) === false)
    const none = Object.fromEntries(left.map((name) => [name, 0]))
    return alwaysWith(
      { ...plan, rates: { ...plan.rates, ...none }, ...(mode && { mode }) },
      always ?? new Set(),
    )
  })
}

/** Plants every defect; true if all of them are found. */
async function plantAll(): Promise<boolean> {
  const all = await findDefects(({ name, isFound, told }) => {
    say(`${isFound ? 'found' : 'NOT FOUND'}: ${name}`)
    if (!isFound) say(told)
  })
  const found = all.filter(({ isFound }) => isFound).length
  say(`${found} of ${all.length} planted defects found`)
  return found === all.length
}

/** Has a client live the session in a file again; true if it comes to the same end. */
async function replayFile(path: string): Promise<boolean> {
  const replayed = await replay(await readFile(path, 'utf8'))
  say(replayed.same ? `the same end after ${replayed.events} events` : `differs: ${replayed.difference}`)
  return replayed.same
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    say(USAGE)
    return 0
  }
  if (options.repro !== undefined) return (await replayFile(options.repro)) ? 0 : 1
  return (await (options.defects ? plantAll() : simulate(options))) ? 0 : 1
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(2)
  },
)
