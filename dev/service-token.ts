import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SignJWT } from 'jose'
import * as v from 'valibot'
import { unstable_readConfig } from 'wrangler'
import { PROJECT } from './build-worker.ts'
import { LOCAL_AUTH_SECRET } from './local-secret.ts'
import { UsageError } from './options.ts'

const PURPOSES = ['nudge', 'admin']

const USAGE = 'Usage: npm run -s token -- --tenant acme [--for nudge|admin] [--valid 1h]'

/** A time span as `jose` reads it, in the units that make sense here. */
const SPAN = /^[1-9]\d*(s|m|h|d)$/

const varsSchema = v.object({ AUTH_ISSUER: v.string(), AUTH_AUDIENCE: v.string() })

/**
 * A token for a service that nudges or administers one tenant, with the issuer and audience of
 * wrangler.toml. Throws a UsageError on a command line that it cannot read.
 *
 * @param secret what the Worker verifies tokens by; without it the local stack's
 */
export async function serviceToken(args: readonly string[], secret: string | undefined): Promise<string> {
  const { tenant, purpose, valid } = readArgs(args)
  const { vars } = unstable_readConfig({ config: join(PROJECT, 'wrangler.toml') })
  const { AUTH_ISSUER, AUTH_AUDIENCE } = v.parse(varsSchema, vars)
  return new SignJWT({ tenant })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(AUTH_ISSUER)
    .setAudience(`${AUTH_AUDIENCE}:${purpose}`)
    .setIssuedAt()
    .setExpirationTime(valid)
    .sign(new TextEncoder().encode(secret ?? LOCAL_AUTH_SECRET))
}

function readArgs(args: readonly string[]): { tenant: string; purpose: string; valid: string } {
  const { tenant, for: purpose, valid } = parse(args)
  if (tenant === undefined || tenant === '') throw new UsageError(`--tenant is missing.\n${USAGE}`)
  if (!PURPOSES.includes(purpose)) throw new UsageError(`--for takes nudge or admin, not "${purpose}".`)
  if (!SPAN.test(valid)) throw new UsageError(`--valid takes a time such as 90s, 1h or 30d, not "${valid}".`)
  return { tenant, purpose, valid }
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        tenant: { type: 'string' },
        for: { type: 'string', default: 'nudge' },
        valid: { type: 'string', default: '1h' },
      },
    })
    return values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}
