import { readFileSync } from 'node:fs'
import process from 'node:process'
import { startStack } from '../../../dev/invoices/stack.ts'
import { differences, type Side } from '../../support/sides.ts'
import { clientSide, postgresSide } from './compare.ts'
import { InputError } from './input-error.ts'
import { parseInvoices } from './invoices-csv.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { planLives } from './plan.ts'
import { countDelivered, replay } from './replay.ts'
import { sampleCsv } from './sample.ts'
import { Sight } from './sight.ts'

const TENANT = 'acme'

/** Milliseconds after which the follower will not show the last edits any more. */
const CATCH_UP_MS = 600_000

/** Differences printed per pair of sides. */
const SHOWN_DIFFERENCES = 5

const say = (line: string) => void process.stdout.write(`${line}\n`)

/** Runs the whole job; true if every edit arrived everywhere and all sides are equal. */
async function run({ csv, seed, limit }: Options): Promise<boolean> {
  const text = csv === undefined ? sampleCsv(seed) : readCsv(csv)
  const invoices = parseInvoices(text).slice(0, limit)
  const lives = planLives(invoices, seed)
  say(`${invoices.length} invoices from ${csv ?? 'a generated sample'}, seed ${seed}`)
  say('Starting Postgres, the endpoint and the Worker ...')
  await using stack = await startStack()
  const writers = [new Sight(stack.client('ada')), new Sight(stack.client('ben'))] as const
  const follower = new Sight(stack.client('cleo'))
  await Promise.all([...writers, follower].map((sight) => sight.ready()))

  const started = Date.now()
  const tally = await replay(lives, writers, say)
  const seconds = (Date.now() - started) / 1_000
  say(`${tally.made} edits made by two clients in ${seconds.toFixed(1)} s`)

  const postgres = await postgresSide(TENANT, (query, values) => stack.sql(query, values))
  const deadline = Date.now() + CATCH_UP_MS
  while (differences(clientSide('', follower), postgres).length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const fresh = new Sight(stack.client('ben'))
  await fresh.ready()

  const delivered = countDelivered(lives, follower)
  say(`accepted  ${tally.accepted}`)
  say(`committed ${tally.committed}`)
  say(`delivered ${delivered} to the following client`)
  for (const failure of tally.failures.slice(0, SHOWN_DIFFERENCES)) say(`  ${failure}`)
  const equal = [
    clientSide('the first writer', writers[0]),
    clientSide('the second writer', writers[1]),
    clientSide('the follower', follower),
    clientSide('a fresh client, which shows the object', fresh),
  ].map((side) => tellDifferences(side, postgres))
  for (const sight of [...writers, follower, fresh]) sight.close()
  return equal.every(Boolean) && [tally.accepted, tally.committed, delivered].every((n) => n === tally.made)
}

function readCsv(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new InputError(`The file cannot be read: ${why}. Give the path of a CSV file after --csv.`)
  }
}

function tellDifferences(side: Side, postgres: Side): boolean {
  const found = differences(side, postgres)
  say(
    `${side.name}: ${found.length === 0 ? `equal to Postgres in all ${postgres.rows.size} rows` : `${found.length} differences`}`,
  )
  for (const difference of found.slice(0, SHOWN_DIFFERENCES)) say(`  ${difference}`)
  return found.length === 0
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    say(USAGE)
    return 0
  }
  const equal = await run(options)
  say(equal ? 'All sides are equal.' : 'The sides differ, or edits are missing.')
  return equal ? 0 : 1
}

/** What a person did wrong is told in one sentence; anything else with its place in the code. */
function tell(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error instanceof InputError ? error.message : (error.stack ?? error.message)
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${tell(error)}\n`)
    process.exit(2)
  },
)
