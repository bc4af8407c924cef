import process from 'node:process'
import { parseArgs } from 'node:util'
import type { Figure, FigureOptions } from './harness/figure.ts'
import { listFigures, loadFigure } from './harness/figures.ts'

const USAGE = 'Run one with: npm run figures -- NAME [--json] [--rounds N]'

const ROUNDS = /^[1-9]\d{0,5}$/

const report = (line: string) => void process.stderr.write(`${line}\n`)

/** Runs one figure; true if it meets its goal. */
async function run(figure: Figure, json: boolean, options: FigureOptions): Promise<boolean> {
  const { fields, input, ok } = await figure.measure(report, options)
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

async function list(files: ReadonlyMap<string, URL>): Promise<void> {
  for (const [name, file] of files) {
    const { about, fields, goal } = await loadFigure(name, file)
    process.stdout.write(`${name}\n  ${about}\n  fields: ${fields.join(', ')}\n  goal: ${goal}\n`)
  }
  process.stdout.write(`\n${USAGE}\n`)
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
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
  const files = await listFigures()
  const [name, ...more] = read.positionals
  if (name === undefined || read.values.help) {
    await list(files)
    return 0
  }
  const file = files.get(name)
  if (!file || more.length > 0) {
    const names = [...files.keys()].join(', ')
    report(file ? 'One figure runs at a time.' : `There is no figure "${name}". There are: ${names}.`)
    return 2
  }
  const { json, rounds } = read.values
  if (rounds !== undefined && !ROUNDS.test(rounds)) {
    report('--rounds is a whole number from 1.')
    return 2
  }
  const options = rounds === undefined ? {} : { rounds: Number(rounds) }
  return (await run(await loadFigure(name, file), json, options)) ? 0 : 1
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    report(error instanceof Error ? (error.stack ?? error.message) : String(error))
    process.exit(2)
  },
)
