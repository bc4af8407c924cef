import { parseArgs } from 'node:util'

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

/** Reads the command line. Throws with a sentence about what is wrong. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      csv: { type: 'string' },
      seed: { type: 'string', default: '1' },
      limit: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    csv: values.csv,
    seed: whole('--seed', values.seed, 0),
    limit: values.limit === undefined ? undefined : whole('--limit', values.limit, 1),
  }
}

function whole(option: string, text: string, least: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(number) && number >= least) return number
  throw new Error(`${option} is "${text}". Write a whole number from ${least} on.`)
}
