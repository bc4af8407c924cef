import { join } from 'node:path'
import { SignJWT } from 'jose'
import * as v from 'valibot'
import { unstable_readConfig } from 'wrangler'
import { PEOPLE } from '../examples/invoices/dev-people.ts'
import { app } from '../examples/invoices/sync.ts'
import { PROJECT } from './build-worker.ts'
import { LOCAL_SECRETS } from './local-secret.ts'
import { UsageError } from './options.ts'
import { readTokenOptions, type TokenOptions } from './token-options.ts'

const varsSchema = v.object({
  AUTH_ISSUER: v.string(),
  AUTH_AUDIENCE: v.string(),
  AUTH_MAX_TOKEN_SECONDS: v.pipe(v.string(), v.transform(Number), v.number()),
})

/** The setting that a token of each purpose is signed by. */
const SIGNED_BY = {
  person: 'AUTH_SECRET',
  nudge: 'AUTH_NUDGE_SECRET',
  admin: 'AUTH_ADMIN_SECRET',
} as const

/**
 * A token for a person, or for a service that nudges or administers one tenant, with the issuer and audience of
 * wrangler.toml. Throws a UsageError on a command line that it cannot read, and for a person whom the
 * application would not let in.
 *
 * @param secrets what the Worker verifies tokens by, by name; without the one that counts the local stack's
 */
export async function makeToken(
  args: readonly string[],
  secrets: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const options = readTokenOptions(args)
  const { tenant, purpose, valid, as } = options
  const { vars } = unstable_readConfig({ config: join(PROJECT, 'wrangler.toml') })
  const { AUTH_ISSUER, AUTH_AUDIENCE, AUTH_MAX_TOKEN_SECONDS: longest } = v.parse(varsSchema, vars)
  if (secondsOf(valid) > longest) {
    throw new UsageError(
      `The Worker believes no token that lives longer than ${longest} s, as AUTH_MAX_TOKEN_SECONDS says: a shorter --valid.`,
    )
  }
  const token = new SignJWT(as === undefined ? { tenant } : claimsOf(as, options))
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(AUTH_ISSUER)
    .setAudience(purpose === 'person' ? AUTH_AUDIENCE : `${AUTH_AUDIENCE}:${purpose}`)
    .setIssuedAt()
    .setExpirationTime(valid)
  const signedBy = SIGNED_BY[purpose]
  return token.sign(new TextEncoder().encode(secrets[signedBy] || LOCAL_SECRETS[signedBy]))
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** Seconds of a time span such as `90s`. */
function secondsOf(span: string): number {
  return Number.parseInt(span, 10) * (UNIT_SECONDS[span.slice(-1)] ?? Number.NaN)
}

/** What the token says of a person: who it is, what the seed says of them, and what the command line says. */
function claimsOf(sub: string, { tenant, claims }: TokenOptions): Record<string, string> {
  const seeded = PEOPLE.find((somebody) => somebody.person === sub && somebody.tenant === tenant)
  const known = seeded && { name: seeded.name, role: seeded.role }
  const all = { ...known, ...claims, sub, tenant }
  const parsed = v.safeParse(app.claims, all)
  if (parsed.success) return all
  const [{ message, path }] = parsed.issues
  const claim = String(path?.[0]?.key ?? 'claims')
  throw new UsageError(
    `The application lets nobody in with these claims. ${claim}: ${message}.\nSay it with --claim ${claim}=VALUE.`,
  )
}
