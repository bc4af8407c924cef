import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { type WireError, wireError } from '../../protocol/errors.ts'
import { MAX_TOKEN_BYTES } from '../../protocol/limits.ts'
import { type KeySettings, maxTokenSeconds } from './key-settings.ts'
import { ProviderAway } from './published-keys.ts'

/** Seconds that the clock of whoever issues tokens may be ahead of ours. */
export const CLOCK_SKEW_SECONDS = 60

/** A token as it is written: three parts of base64url without padding, so that it has one form. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Signatures an identity provider may use. A secret of ours is for HS256 alone, so neither passes for the other. */
const PUBLISHED_KEY_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** A payload whose times are sound, or why the token is not believed. */
export type Payload =
  | { readonly ok: true; readonly payload: JWTPayload; readonly exp: number; readonly iat: number }
  | { readonly ok: false; readonly error: WireError }

/** A key that a token may be signed with: a secret, or one that is found among the provider's. */
export type VerifyingKey = string | JWTVerifyGetKey

/** The one error for all faults of a token, because the difference helps a forger. */
export const NOT_VALID: { readonly ok: false; readonly error: WireError } = {
  ok: false,
  error: wireError('unauthenticated', 'The token is not valid; sign in again.'),
}

/**
 * Verifies signature, algorithm, issuer, audience and times of a token. The audience is one string and no list: a
 * token is for one purpose. It says when it was issued, and lives no longer than the settings allow, so that it is
 * known how long one that is revoked has to be remembered.
 */
export async function verifyToken(
  settings: KeySettings,
  token: string,
  { key, audience }: { readonly key: VerifyingKey; readonly audience: string },
): Promise<Payload> {
  if (token.length > MAX_TOKEN_BYTES || !COMPACT.test(token)) return NOT_VALID
  const expected = { issuer: settings.AUTH_ISSUER, audience, requiredClaims: ['exp', 'iat'] }
  let payload: JWTPayload
  try {
    payload = await payloadOf(token, key, expected)
  } catch (thrown) {
    return whyNot(thrown)
  }
  const { aud, exp, iat, nbf } = payload
  if (aud !== audience || !isTime(exp) || !isTime(iat) || (nbf !== undefined && !isTime(nbf)))
    return NOT_VALID
  if (iat > Date.now() / 1_000 + CLOCK_SKEW_SECONDS || exp - iat > maxTokenSeconds(settings)) return NOT_VALID
  return { ok: true, payload, exp, iat }
}

async function payloadOf(
  token: string,
  key: VerifyingKey,
  expected: { readonly issuer: string; readonly audience: string; readonly requiredClaims: string[] },
): Promise<JWTPayload> {
  if (typeof key === 'string') {
    const secret = new TextEncoder().encode(key)
    return (await jwtVerify(token, secret, { ...expected, algorithms: ['HS256'] })).payload
  }
  return (await jwtVerify(token, key, { ...expected, algorithms: PUBLISHED_KEY_ALGORITHMS })).payload
}

function whyNot(thrown: unknown): { readonly ok: false; readonly error: WireError } {
  if (thrown instanceof errors.JWTExpired) {
    return { ok: false, error: wireError('token-expired', 'The token has ended; sign in again.') }
  }
  if (!(thrown instanceof ProviderAway)) return NOT_VALID
  const message = 'The identity provider does not answer, so no token can be checked; try again.'
  return { ok: false, error: wireError('busy', message, { retryAfterMs: thrown.retryAfterMs }) }
}

/** JSON can hold numbers that no clock shows. */
function isTime(claim: unknown): claim is number {
  return typeof claim === 'number' && Number.isFinite(claim)
}
