import { parseArgs } from 'node:util'
import { type Mode, type Plan, RATE_NAMES, type Rates } from './plan.ts'

/** What a person asked of the simulator. */
export type Options = {
  readonly seed: number
  readonly runs: number
  readonly operations: number
  readonly mode: Mode | undefined
  /** Names of the features and faults that there are; all when undefined. */
  readonly only: ReadonlySet<keyof Rates> | undefined
  /** Names of those that every plan has, as often as they may be; none when undefined. */
  readonly always: ReadonlySet<keyof Rates> | undefined
  /** One plan to the letter, as a failure prints it. */
  readonly plan: Plan | undefined
  /** Whether a smaller plan is looked for that fails as well. */
  readonly shrink: boolean
  /** Whether defects are planted, one after the other, for the simulator to find. */
  readonly defects: boolean
  /** The file of a session that the client's devtools wrote down, to be replayed in place of a run. */
  readonly repro: string | undefined
}

export const USAGE = `npm run simulate -- [--seed N] [--runs N] [--operations N] [--mode MODE] [--only NAMES] [--always NAMES] [--plan JSON] [--repro FILE]

Runs the object, the client and their network and Postgres in virtual time, with faults, and checks after
every event that what everybody holds is what the log says. The same seed gives the same run.

  --seed        the first seed; default 1
  --runs        how many seeds; default 250
  --operations  edits, external writes and new queries of each run; default 400
  --mode        safety (faults to the end) or liveness (faults stop, and rest has to come soon); both when absent
  --only        features and faults that there are, with commas: ${RATE_NAMES.join(', ')}
  --always      those of them that there are in every run, as often as they may be
  --plan        runs one plan that a failure has printed
  --no-shrink   looks for no smaller plan that fails as well
  --repro       replays the session in a file, as "copy repro" of the client's devtools gives it
  --defects     plants defects in the product, one after the other, and says which of them are found`

/** Reads the command line. Throws an error with a sentence for whoever wrote it. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      runs: { type: 'string', default: '250' },
      operations: { type: 'string', default: '400' },
      mode: { type: 'string' },
      only: { type: 'string' },
      always: { type: 'string' },
      plan: { type: 'string' },
      shrink: { type: 'boolean', default: true },
      defects: { type: 'boolean', default: false },
      repro: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowNegative: true,
  })
  if (values.help) return 'help'
  return {
    seed: whole('--seed', values.seed),
    runs: whole('--runs', values.runs),
    operations: whole('--operations', values.operations),
    mode: values.mode === undefined ? undefined : modeOf(values.mode),
    only: ratesOf('--only', values.only),
    always: ratesOf('--always', values.always),
    // What is printed here is read here.
    plan: values.plan === undefined ? undefined : JSON.parse(values.plan),
    shrink: values.shrink && values.plan === undefined,
    defects: values.defects,
    repro: values.repro,
  }
}

function whole(option: string, text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new Error(`${option} is "${text}". Write a whole number from 1 on.`)
}

function modeOf(text: string): Mode {
  if (text === 'safety' || text === 'liveness') return text
  throw new Error(`--mode is "${text}". There are safety and liveness.`)
}

function ratesOf(option: string, text: string | undefined): Options['only'] {
  if (text === undefined) return undefined
  return new Set(text.split(',').map((name) => rateOf(option, name)))
}

function rateOf(option: string, text: string): keyof Rates {
  const name = RATE_NAMES.find((known) => known === text)
  if (name) return name
  throw new Error(`${option} names "${text}". There are ${RATE_NAMES.join(', ')}.`)
}
