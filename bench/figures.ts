import process from 'node:process'
import { parseArgs } from 'node:util'
import { ambiguousCommits } from './figures/ambiguous-commits.ts'
import { asleep } from './figures/asleep.ts'
import { crash } from './figures/crash.ts'
import { editCost } from './figures/edit-cost.ts'
import type { Figure } from './figures/figure.ts'
import { hydrate } from './figures/hydrate.ts'
import { idle } from './figures/idle.ts'
import { offline } from './figures/offline.ts'
import { outsideBulk } from './figures/outside-bulk.ts'
import { outsideLatency } from './figures/outside-latency.ts'
import { outsideWrites } from './figures/outside-writes.ts'
import { postgresKills } from './figures/postgres-kills.ts'
import { queryModel } from './figures/query-model.ts'
import { resumeBytes } from './figures/resume-bytes.ts'
import { simulate } from './figures/simulate.ts'
import { slowConsumer } from './figures/slow-consumer.ts'
import { speedBrowser } from './figures/speed-browser.ts'
import { speedBytes } from './figures/speed-bytes.ts'
import { speedJoin } from './figures/speed-join.ts'
import { speedLatency } from './figures/speed-latency.ts'
import { speedMemory } from './figures/speed-memory.ts'
import { speedPostgres } from './figures/speed-postgres.ts'
import { speedRowsWritten } from './figures/speed-rows-written.ts'
import { speedSize } from './figures/speed-size.ts'
import { speedSubscriptions } from './figures/speed-subscriptions.ts'
import { speedThroughput } from './figures/speed-throughput.ts'
import { sseFallback } from './figures/sse-fallback.ts'
import { storm } from './figures/storm.ts'
import { writePath } from './figures/write-path.ts'

const FIGURES: readonly Figure[] = [
  crash,
  ambiguousCommits,
  postgresKills,
  writePath,
  hydrate,
  outsideWrites,
  outsideLatency,
  outsideBulk,
  asleep,
  queryModel,
  resumeBytes,
  editCost,
  slowConsumer,
  idle,
  offline,
  storm,
  sseFallback,
  simulate,
  speedThroughput,
  speedLatency,
  speedBytes,
  speedRowsWritten,
  speedPostgres,
  speedSubscriptions,
  speedJoin,
  speedMemory,
  speedSize,
  speedBrowser,
]

const USAGE = 'Run one with: npm run figures -- NAME [--json]'

const report = (line: string) => void process.stderr.write(`${line}\n`)

/** Runs one figure; true if it meets its goal. */
async function run(figure: Figure, json: boolean): Promise<boolean> {
  const { fields, input, ok } = await figure.measure(report)
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ name: figure.name, ...fields, input, goal: figure.goal, ok })}\n`,
    )
  } else {
    for (const field of figure.fields) process.stdout.write(`${field.padEnd(16)} ${fields[field]}\n`)
    process.stdout.write(`goal             ${figure.goal}: ${ok ? 'met' : 'missed'}\n`)
  }
  return ok
}

function list(): void {
  for (const { name, about, fields, goal } of FIGURES) {
    process.stdout.write(`${name}\n  ${about}\n  fields: ${fields.join(', ')}\n  goal: ${goal}\n`)
  }
  process.stdout.write(`\n${USAGE}\n`)
}

function readArguments() {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false } }, allowPositionals: true })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function main(): Promise<number> {
  const read = readArguments()
  if (typeof read === 'string') {
    report(`${read}\n${USAGE}`)
    return 2
  }
  const [name, ...more] = read.positionals
  if (name === undefined) {
    list()
    return 0
  }
  const figure = FIGURES.find((candidate) => candidate.name === name)
  if (!figure || more.length > 0) {
    const names = FIGURES.map((candidate) => candidate.name).join(', ')
    report(figure ? 'One figure runs at a time.' : `There is no figure "${name}". There are: ${names}.`)
    return 2
  }
  return (await run(figure, read.values.json)) ? 0 : 1
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    report(error instanceof Error ? (error.stack ?? error.message) : String(error))
    process.exit(2)
  },
)
