import * as v from 'valibot'
import type { Revocation } from '../core/access/revocation.ts'
import { type Environment, objectOf } from '../platform/environment.ts'
import type { Outcome, Revoked } from '../protocol/internal/tenant-answers.ts'
import { maxTokenSeconds } from './auth/key-settings.ts'
import { CLOCK_SKEW_SECONDS } from './auth/verify-token.ts'

const nameSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(1_024))

/** What is to be revoked: one or more of a person, a sign-in and a token. */
const requestSchema = v.strictObject({
  sub: v.exactOptional(nameSchema),
  sid: v.exactOptional(nameSchema),
  jti: v.exactOptional(nameSchema),
  issuedBefore: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
})

/** Seconds that `issuedBefore` may be ahead: tokens may have been issued by a clock that is. */
const MAX_AHEAD_SECONDS = 300

/** The answer to a request that says something else. */
export const REVOKE_USAGE =
  'Send { "sub": ... }, { "sid": ... } or { "jti": ... }, or several, and perhaps "issuedBefore": seconds since 1970, not in the future.'

/**
 * Reads a request to revoke. Without `issuedBefore` all tokens of a person that were issued up to this second are
 * meant; of a sign-in or an id all that there can be by now, whatever clock issued them. Undefined when it cannot be read.
 *
 * @param now seconds since 1970
 */
export function readRevocations(request: unknown, env: Environment, now: number): Revocation[] | undefined {
  const parsed = v.safeParse(requestSchema, request)
  if (!parsed.success) return undefined
  const { issuedBefore, ...named } = parsed.output
  const present = Math.floor(now)
  if (issuedBefore !== undefined && issuedBefore > present + MAX_AHEAD_SECONDS) return undefined
  const revocations = (['sub', 'sid', 'jti'] as const).flatMap((kind): Revocation[] => {
    const name = named[kind]
    if (name === undefined) return []
    const before = issuedBefore ?? present + 1 + (kind === 'sub' ? 0 : CLOCK_SKEW_SECONDS)
    return [{ kind, name, before, until: before + maxTokenSeconds(env) }]
  })
  return revocations.length > 0 ? revocations : undefined
}

/** The outcome at one tenant, as it is answered for several. */
type AtTenant = { readonly tenant: string; readonly sessions?: number; readonly error?: string }

/** Revokes in several tenants at once. One that fails does not keep the others from it. */
export async function revokeIn(
  env: Environment,
  tenants: readonly string[],
  revocations: readonly Revocation[],
): Promise<AtTenant[]> {
  return Promise.all(
    tenants.map(async (tenant): Promise<AtTenant> => {
      const outcome = await revokeAt(env, tenant, revocations).catch(() => undefined)
      if (outcome?.is === 'revoked') return { tenant, sessions: outcome.sessions }
      return {
        tenant,
        error: outcome && 'why' in outcome ? outcome.why : 'The tenant did not answer; repeat the request.',
      }
    }),
  )
}

/** Revokes in one tenant. */
export function revokeAt(
  env: Environment,
  tenant: string,
  revocations: readonly Revocation[],
): Promise<Revoked | Outcome> {
  return objectOf(env, tenant).revoke(tenant, revocations)
}
