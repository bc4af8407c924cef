import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import type { Claims } from '../../core/app/application.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import { inspect } from '../../protocol/guard.ts'
import { whyNoId } from '../../protocol/ids.ts'
import { MAX_TOKEN_BYTES } from '../../protocol/limits.ts'

/** The claims that a token speaks for, or why it is not believed. */
export type Verified =
  | { readonly ok: true; readonly claims: Claims; readonly expiresAt: number }
  | { readonly ok: false; readonly error: WireError }

/** The settings that decide which tokens are believed. */
export type KeySettings = {
  readonly AUTH_ISSUER: string
  readonly AUTH_AUDIENCE: string
  /** Where an identity provider publishes its keys; empty when the secret signs. */
  readonly AUTH_JWKS_URL: string
  readonly AUTH_SECRET: string
}

/** Signatures an identity provider may use. A secret of ours is for HS256 alone, so neither passes for the other. */
const PUBLISHED_KEY_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** An unknown key id fetches the key set again at most this often, in ms. */
const KEY_COOLDOWN_MS = 30_000

/** Milliseconds to wait for the identity provider. */
const KEY_DEADLINE_MS = 5_000

const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>()

/**
 * Verifies a token: signature by a fixed algorithm, issuer, audience, validity, and the claims the
 * application declares. Every failure gives the same error, because the difference helps a forger.
 */
export async function authenticate(env: KeySettings, app: TidemarkApp, token: string): Promise<Verified> {
  const refused = {
    ok: false,
    error: wireError('unauthenticated', 'The token is not valid; sign in again.'),
  } as const
  let payload: JWTPayload
  try {
    payload = await verify(env, token, { audience: env.AUTH_AUDIENCE, requiredClaims: ['exp', 'sub'] })
  } catch (thrown) {
    if (thrown instanceof errors.JWTExpired) {
      return { ok: false, error: wireError('token-expired', 'The token has ended; sign in again.') }
    }
    return refused
  }
  const checked = await app.claims['~standard'].validate(payload)
  if (checked.issues || payload.exp === undefined || checked.value.sub === '') return refused
  const claims = checked.value
  // Nothing of a tenant with another name could be read or written, nor by a person.
  if (whyNoId(claims.tenant) !== undefined || inspect(claims.sub)) return refused
  return { ok: true, claims: { ...claims }, expiresAt: payload.exp }
}

/**
 * Verifies a token that a service shows, and returns the tenant it is for; undefined when it is not
 * valid. Each purpose has an audience of its own, so a person's token serves for none, and none of
 * them connects or serves for another.
 */
export async function authenticateService(
  env: KeySettings,
  token: string,
  purpose: 'nudge' | 'admin',
): Promise<string | undefined> {
  const expected = { audience: `${env.AUTH_AUDIENCE}:${purpose}`, requiredClaims: ['exp', 'tenant'] }
  const payload = await verify(env, token, expected).catch(() => undefined)
  const tenant = payload?.['tenant']
  return typeof tenant === 'string' && whyNoId(tenant) === undefined ? tenant : undefined
}

/** The claims of a token with a valid signature. Throws for any other. */
async function verify(
  env: KeySettings,
  token: string,
  wanted: { audience: string; requiredClaims: string[] },
): Promise<JWTPayload> {
  if (token.length > MAX_TOKEN_BYTES) throw new Error('the token is too long')
  const expected = { issuer: env.AUTH_ISSUER, ...wanted }
  if (env.AUTH_JWKS_URL) {
    const keys = keySet(env.AUTH_JWKS_URL)
    return (await jwtVerify(token, keys, { ...expected, algorithms: PUBLISHED_KEY_ALGORITHMS })).payload
  }
  const secret = new TextEncoder().encode(env.AUTH_SECRET)
  return (await jwtVerify(token, secret, { ...expected, algorithms: ['HS256'] })).payload
}

function keySet(url: string): ReturnType<typeof createRemoteJWKSet> {
  const known = keySets.get(url)
  if (known) return known
  const fresh = createRemoteJWKSet(new URL(url), {
    cooldownDuration: KEY_COOLDOWN_MS,
    timeoutDuration: KEY_DEADLINE_MS,
  })
  keySets.set(url, fresh)
  return fresh
}
