import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { findDefects } from './find-defects.ts'
import { addCounts, noCounts, tellCounts } from './judge.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { drawPlan, type Plan, RATE_NAMES } from './plan.ts'
import { drawScript, type Happening } from './script.ts'
import { type Failure, shrink } from './shrink.ts'
import { World } from './world.ts'

/** Milliseconds between two lines of progress. */
const PROGRESS_MS = 5_000

/** Of a course that is longer only the length is told. */
const TOLD_HAPPENINGS = 30

const say = (line: string) => void process.stdout.write(`${line}\n`)

/** Runs all plans; the first failure ends it, and is told in its smallest form. */
async function simulate(options: Options): Promise<boolean> {
  const plans = options.plan ? [options.plan] : drawn(options)
  const begun = performance.now()
  let [runs, operations, events, crashes, toldAt, checks] = [0, 0, 0, 0, begun, noCounts()]
  const tell = () => {
    const seconds = Math.round((performance.now() - begun) / 1_000)
    say(
      `${runs} runs, ${operations} operations, ${events} events, ${crashes} crashes in ${seconds} s: 0 violations`,
    )
  }
  for (const plan of plans) {
    const report = await new World(plan).run()
    const [violation] = report.violations
    if (violation !== undefined) {
      tellFailure({ plan, violation }, 'fails')
      if (options.shrink) tellFailure(await shrink({ plan, violation }), 'fails as well, and is smaller')
      return false
    }
    runs++
    operations += report.operations
    events += report.events
    crashes += report.crashes
    checks = addCounts(checks, report.checks)
    if (plans.length === 1) say(`trace ${report.trace}`)
    if (performance.now() - toldAt < PROGRESS_MS) continue
    toldAt = performance.now()
    tell()
  }
  tell()
  say(`checked: ${tellCounts(checks)}`)
  return true
}

function drawn({ seed, runs, operations, mode, only }: Options): Plan[] {
  return Array.from({ length: runs }, (_, i) => {
    const plan = drawPlan(seed + i, operations)
    const rates = Object.fromEntries(
      RATE_NAMES.map((name) => [name, only?.has(name) === false ? 0 : plan.rates[name]]),
    )
    return { ...plan, rates: { ...plan.rates, ...rates }, ...(mode && { mode }) }
  })
}

function tellFailure({ plan, violation }: Failure, what: string): void {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  say(`seed ${plan.seed} at ${commit} ${what}: ${violation}`)
  const script = drawScript(plan)
  if (script.length <= TOLD_HAPPENINGS) for (const happening of script) say(`  ${lineOf(happening)}`)
  else say(`  ${script.length} happenings`)
  say(`npm run simulate -- --plan '${JSON.stringify(plan)}'`)
}

function lineOf({ at, tenant, person, what }: Happening): string {
  return `${at} ms: ${what} of ${person === undefined ? tenant : `${person} in ${tenant}`}`
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

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    say(USAGE)
    return 0
  }
  return (await (options.defects ? plantAll() : simulate(options))) ? 0 : 1
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(2)
  },
)
