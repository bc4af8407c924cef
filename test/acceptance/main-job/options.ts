import { parseArgs } from 'node:util'
import { InputError } from './input-error.ts'

export type Options = {
  readonly csv: string | undefined
  readonly seed: number
  readonly limit: number | undefined
}

export const USAGE = `npm run main-job -- [--csv FILE] [--seed NUMBER] [--limit NUMBER]

Replays invoices through a stack of its own: two clients write, a third follows, and in the end all
sides are compared row by row.

  --csv    columns InvoiceNo,InvoiceDate,CustomerID,TotalPrice; without it, a generated sample
  --seed   decides status changes and payments; default 1
  --limit  takes the first so many invoices only`

/** Reads the command line. Throws `InputError`. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  return {
    csv: values.csv,
    seed: whole('--seed', values.seed, 0),
    limit: values.limit === undefined ? undefined : whole('--limit', values.limit, 1),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        csv: { type: 'string' },
        seed: { type: 'string', default: '1' },
        limit: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw new InputError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
}

function whole(option: string, text: string, least: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(number) && number >= least) return number
  throw new InputError(`${option} is "${text}". Write a whole number from ${least} on.`)
}
