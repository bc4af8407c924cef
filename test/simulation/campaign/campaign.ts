import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { Coverage } from '../judge/coverage.ts'
import { noCounts } from '../judge/judge.ts'
import { drawPlan } from './plan.ts'
import { addRun, nothing, type Sum, tellRuns, tellSum } from './run-plans.ts'
import { shrink } from './shrink.ts'
import { commit, tellFailure } from './tell-failure.ts'

const USAGE = `npm run campaign -- [--hours N] [--report FILE] [--seed N] [--operations N]

Simulates seed after seed for so long, and keeps what it came to in a file. Run again with that file it goes on
where it stood; a run that is stopped loses the last seconds at most. A failure is reduced, written down with the
command that repeats it, and does not end the campaign.

  --hours       how long it goes on; parts of an hour are fine; default 1
  --report      the file; default campaign.json
  --seed        the first seed of a new campaign; default 1000000
  --operations  edits, external writes and new queries of each run; default 400`

/** Milliseconds between two times that the file is written, with a line of progress. */
const SAVE_MS = 10_000

const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** A campaign as its file has it. `commits`: each that it ran on; `failures`: in words, each with its command. */
const campaignSchema = v.object({
  commits: v.array(v.string()),
  firstSeed: countSchema,
  nextSeed: countSchema,
  operationsEach: countSchema,
  seconds: countSchema,
  sum: v.object({
    runs: countSchema,
    operations: countSchema,
    events: countSchema,
    crashes: countSchema,
    wakes: countSchema,
    checks: v.record(v.string(), countSchema),
  }),
  hits: v.record(v.string(), countSchema),
  failures: v.array(v.string()),
})

type Campaign = v.InferOutput<typeof campaignSchema>

type Options = {
  readonly hours: number
  readonly report: string
  readonly seed: number
  readonly operations: number
}

const say = (line: string) => void process.stdout.write(`${line}\n`)

async function campaign({ hours, report, seed, operations }: Options): Promise<boolean> {
  const before = existsSync(report) ? read(report) : undefined
  const firstSeed = before?.firstSeed ?? seed
  let nextSeed = before?.nextSeed ?? seed
  const checks = { ...noCounts(), ...before?.sum.checks }
  let sum: Sum = { ...nothing(), ...before?.sum, checks, coverage: Coverage.of(before?.hits ?? {}) }
  const failures = [...(before?.failures ?? [])]
  const here = commit()
  const commits = [...new Set([...(before?.commits ?? []), here])]
  const operationsEach = before?.operationsEach ?? operations
  const begun = performance.now()
  const seconds = () => (before?.seconds ?? 0) + Math.round((performance.now() - begun) / 1_000)
  const save = () => {
    const { coverage, failures: _, trace: __, ...counts } = sum
    write(report, {
      commits,
      firstSeed,
      nextSeed,
      operationsEach,
      seconds: seconds(),
      sum: counts,
      hits: coverage.hits,
      failures,
    })
    say(`${Math.round(seconds() / 60)} min: ${tellRuns(sum, failures.length)}; next seed ${nextSeed}`)
  }
  let stopped = false
  process.once('SIGINT', () => {
    stopped = true
  })
  say(
    before ? `goes on with seed ${nextSeed} of ${report}` : `begins with seed ${nextSeed}, kept in ${report}`,
  )
  let savedAt = begun
  while (!stopped && performance.now() - begun < hours * 3_600_000) {
    const known = sum.failures.length
    sum = await addRun(sum, drawPlan(nextSeed++, operationsEach))
    const failure = sum.failures[known]
    if (failure) {
      failures.push(tellFailure(await shrink(failure), 'fails'))
      say(failures.at(-1) ?? '')
    }
    if (performance.now() - savedAt < SAVE_MS) continue
    savedAt = performance.now()
    save()
  }
  save()
  for (const line of tellSum(sum, failures.length)) say(line)
  return failures.length === 0
}

function read(file: string): Campaign {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), campaignSchema), readFileSync(file, 'utf8'))
  if (read.success) return read.output
  throw new Error(`${file} is no report of a campaign. Name another file with --report.`)
}

/** Replaces the file as a whole: one that is stopped while it writes leaves the last one. */
function write(file: string, report: Campaign): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(report, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      hours: { type: 'string', default: '1' },
      report: { type: 'string', default: 'campaign.json' },
      seed: { type: 'string', default: '1000000' },
      operations: { type: 'string', default: '400' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const number = (name: string, text: string) => {
    const value = Number(text)
    if (value > 0) return value
    throw new Error(`--${name} is "${text}". Write a number above 0.`)
  }
  return {
    hours: number('hours', values.hours),
    report: values.report,
    seed: Math.floor(number('seed', values.seed)),
    operations: Math.floor(number('operations', values.operations)),
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    say(USAGE)
    return 0
  }
  return (await campaign(options)) ? 0 : 1
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(2)
  },
)
