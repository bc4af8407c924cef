import { SignJWT } from 'jose'
import * as v from 'valibot'
import { unstable_readConfig } from 'wrangler'
import { placeOf } from '../src/core/app/tell-issues.ts'
import type { TidemarkApp } from '../src/define/define-app.ts'
import { LOCAL_SECRETS } from './local-secret.ts'
import { readTokenOptions, type TokenOptions } from './token-options.ts'
import { UsageError } from './usage-error.ts'

/** Seconds that a token lives at the longest, where the deployment says nothing. */
const DAY_SECONDS = '86400'

const varsSchema = v.object({
  AUTH_ISSUER: v.optional(v.string(), 'tidemark'),
  AUTH_AUDIENCE: v.optional(v.string(), 'tidemark'),
  AUTH_MAX_TOKEN_SECONDS: v.pipe(
    v.optional(v.string(), DAY_SECONDS),
    v.transform((text) => Number(text || DAY_SECONDS)),
    v.number(),
  ),
})

const peopleSchema = v.array(
  v.object({ person: v.string(), tenant: v.string(), name: v.string(), role: v.string() }),
)

/** Somebody whom development data has. */
type Somebody = v.InferOutput<typeof peopleSchema>[number]

/** The people that a module exports as `PEOPLE`. */
export const readPeople = (exported: unknown): readonly Somebody[] => v.parse(peopleSchema, exported)

/** What tokens are made for. */
export type TokenProject = {
  /** The settings of wrangler, as a path. */
  readonly config: string
  readonly app: () => Promise<TidemarkApp>
  readonly people: () => Promise<readonly Somebody[]>
}

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
  project: TokenProject,
): Promise<string> {
  const options = readTokenOptions(args)
  const { tenant, purpose, valid, as } = options
  const { vars } = unstable_readConfig({ config: project.config })
  const { AUTH_ISSUER, AUTH_AUDIENCE, AUTH_MAX_TOKEN_SECONDS: longest } = v.parse(varsSchema, vars)
  if (secondsOf(valid) > longest) {
    throw new UsageError(
      `The Worker believes no token that lives longer than ${longest} s, as AUTH_MAX_TOKEN_SECONDS says: a shorter --valid.`,
    )
  }
  const token = new SignJWT(
    as === undefined
      ? { ...(tenant === undefined ? { tenants: 'all' } : { tenant }) }
      : await claimsOf(as, options, project),
  )
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
async function claimsOf(
  sub: string,
  { tenant, claims }: TokenOptions,
  { app, people }: TokenProject,
): Promise<Record<string, string>> {
  const seeded = (await people()).find((somebody) => somebody.person === sub && somebody.tenant === tenant)
  const known = seeded && { name: seeded.name, role: seeded.role }
  const all = { ...known, ...claims, sub, ...(tenant !== undefined && { tenant }) }
  const checked = await (await app()).claims['~standard'].validate(all)
  const [issue] = checked.issues ?? []
  if (!issue) return all
  const claim = placeOf(issue) ?? 'claims'
  throw new UsageError(
    `The application lets nobody in with these claims. ${claim}: ${issue.message}.\nSay it with --claim ${claim}=VALUE.`,
  )
}
