import * as v from 'valibot'
import type { Claims } from '../../core/app/application.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { WireError } from '../../protocol/errors.ts'
import { inspect } from '../../protocol/guard.ts'
import { whyNoId } from '../../protocol/ids.ts'
import { type Credential, tokenMarksSchema } from '../../protocol/internal/credential.ts'
import type { KeySettings } from './key-settings.ts'
import { publishedKeys } from './published-keys.ts'
import { NOT_VALID, verifyToken } from './verify-token.ts'

/** The claims that a token speaks for, with what it says of itself; or why it is not believed. */
export type Verified =
  | ({ readonly ok: true; readonly claims: Claims } & Credential)
  | { readonly ok: false; readonly error: WireError }

/**
 * Verifies a person's token: signature by a fixed algorithm, issuer, audience, times, and the claims the application
 * declares. Every fault of a token gives the same error. One that could not be checked, because the identity provider
 * does not answer, gives `busy`.
 */
export async function authenticate(
  settings: KeySettings,
  app: TidemarkApp,
  token: string,
): Promise<Verified> {
  const { AUTH_AUDIENCE: audience, AUTH_JWKS_URL: url, AUTH_SECRET } = settings
  const verified = await verifyToken(settings, token, {
    key: url === '' ? AUTH_SECRET : publishedKeys(url).find,
    audience,
  })
  if (!verified.ok) return verified
  const { payload, exp: expiresAt } = verified
  const checked = await app.claims['~standard'].validate(payload)
  const marks = v.safeParse(tokenMarksSchema, payload)
  if (checked.issues || !marks.success || checked.value.sub === '') return NOT_VALID
  const claims = checked.value
  // Nothing of a tenant with another name could be read or written, nor by a person.
  if (whyNoId(claims.tenant) !== undefined || inspect(claims.sub)) return NOT_VALID
  return { ok: true, claims: { ...claims }, expiresAt, marks: marks.output }
}
