import { join } from 'node:path'
import { SignJWT } from 'jose'
import * as v from 'valibot'
import { unstable_readConfig } from 'wrangler'
import { PEOPLE } from '../examples/invoices/dev-people.ts'
import { app } from '../examples/invoices/sync.ts'
import { placeOf } from '../src/core/app/tell-issues.ts'
import { PROJECT } from './build-worker.ts'
import { LOCAL_AUTH_SECRET } from './local-secret.ts'
import { UsageError } from './options.ts'
import { readTokenOptions, type TokenOptions } from './token-options.ts'

const varsSchema = v.object({ AUTH_ISSUER: v.string(), AUTH_AUDIENCE: v.string() })

/**
 * A token for a person, or for a service that nudges or administers one tenant, with the issuer and audience of
 * wrangler.toml. Throws a UsageError on a command line that it cannot read, and for a person whom the
 * application would not let in.
 *
 * @param secret what the Worker verifies tokens by; without it the local stack's
 */
export async function makeToken(args: readonly string[], secret: string | undefined): Promise<string> {
  const options = readTokenOptions(args)
  const { tenant, purpose, valid, as } = options
  const { vars } = unstable_readConfig({ config: join(PROJECT, 'wrangler.toml') })
  const { AUTH_ISSUER, AUTH_AUDIENCE } = v.parse(varsSchema, vars)
  const token = new SignJWT(as === undefined ? { tenant } : await claimsOf(as, options))
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(AUTH_ISSUER)
    .setAudience(purpose === 'person' ? AUTH_AUDIENCE : `${AUTH_AUDIENCE}:${purpose}`)
    .setIssuedAt()
    .setExpirationTime(valid)
  return token.sign(new TextEncoder().encode(secret ?? LOCAL_AUTH_SECRET))
}

/** What the token says of a person: who it is, what the seed says of them, and what the command line says. */
async function claimsOf(sub: string, { tenant, claims }: TokenOptions): Promise<Record<string, string>> {
  const seeded = PEOPLE.find((somebody) => somebody.person === sub && somebody.tenant === tenant)
  const known = seeded && { name: seeded.name, role: seeded.role }
  const all = { ...known, ...claims, sub, tenant }
  const checked = await app.claims['~standard'].validate(all)
  const [issue] = checked.issues ?? []
  if (!issue) return all
  const claim = placeOf(issue) ?? 'claims'
  throw new UsageError(
    `The application lets nobody in with these claims. ${claim}: ${issue.message}.\nSay it with --claim ${claim}=VALUE.`,
  )
}
