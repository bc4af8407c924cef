import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

const PURPOSES = ['person', 'nudge', 'admin'] as const

const USAGE = `Usage: npm run -s token -- --tenant acme --as ada [--claim role=owner] [--valid 1h]
       npm run -s token -- --tenant acme [--for nudge|admin] [--valid 1h]
       npm run -s token -- --all --for admin [--valid 1h]`

/** A time span as `jose` reads it, in the units that make sense here. */
const SPAN = /^[1-9]\d*(s|m|h|d)$/

/** What a token is asked for. */
export type TokenOptions = {
  /** Undefined for all of them, to look at. */
  readonly tenant: string | undefined
  readonly purpose: (typeof PURPOSES)[number]
  readonly valid: string
  /** The person; undefined for a service. */
  readonly as: string | undefined
  /** What else the token says of the person. */
  readonly claims: Readonly<Record<string, string>>
}

/** Reads the command line. Throws a UsageError that names the way out. */
export function readTokenOptions(args: readonly string[]): TokenOptions {
  const { tenant, all, as, valid, claim = [], ...rest } = parse(args)
  const wanted = rest.for ?? (as === undefined ? 'nudge' : 'person')
  const purpose = PURPOSES.find((known) => known === wanted)
  if (all && (tenant !== undefined || wanted !== 'admin'))
    throw new UsageError(`--all is for --for admin, and in place of --tenant.\n${USAGE}`)
  if (!all && (tenant === undefined || tenant === '')) throw new UsageError(`--tenant is missing.\n${USAGE}`)
  if (purpose === undefined)
    throw new UsageError(`--for takes nudge or admin, or person with --as NAME, not "${wanted}".`)
  if (!SPAN.test(valid)) throw new UsageError(`--valid takes a time such as 90s, 1h or 1d, not "${valid}".`)
  if (as === '' || (as === undefined && purpose === 'person'))
    throw new UsageError(`A person has a name: --as NAME.\n${USAGE}`)
  if (purpose !== 'person' && (as !== undefined || claim.length > 0))
    throw new UsageError(`A token for ${purpose} speaks for no person: leave out --as and --claim.`)
  return { tenant, purpose, valid, as, claims: Object.fromEntries(claim.map(readClaim)) }
}

/** Claims that other options give, or the signing does. */
const OURS = new Set(['sub', 'tenant', 'iss', 'aud', 'exp', 'iat'])

function readClaim(text: string): [string, string] {
  const at = text.indexOf('=')
  const name = text.slice(0, at)
  if (at < 1) throw new UsageError(`--claim takes NAME=VALUE, not "${text}".`)
  if (OURS.has(name))
    throw new UsageError(`--claim ${name} is not to be said: --as, --tenant and --valid do.`)
  return [name, text.slice(at + 1)]
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        tenant: { type: 'string' },
        all: { type: 'boolean', default: false },
        as: { type: 'string' },
        claim: { type: 'string', multiple: true },
        for: { type: 'string' },
        valid: { type: 'string', default: '1h' },
      },
    }).values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}
