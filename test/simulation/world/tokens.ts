import { wireError } from '../../../src/protocol/errors.ts'
import type { Verified } from '../../../src/worker/auth/authenticate.ts'

export const ROLES = ['viewer', 'editor', 'owner'] as const

export type Role = (typeof ROLES)[number]

/** What a token of the simulated identity provider says; `exp` in seconds since 1970. */
export type Token = {
  readonly sub: string
  readonly tenant: string
  readonly role: Role
  readonly exp: number
}

/** A token in the form of those that pages can read, as the tabs of a browser do. */
export function tokenOf(token: Token): string {
  return `simulated.${Buffer.from(JSON.stringify(token)).toString('base64url')}.unsigned`
}

/** @param now milliseconds since 1970 */
export function verifyToken(token: string, now: number): Verified {
  const { exp, ...claims }: Token = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  if (exp * 1_000 > now) return { ok: true, claims, expiresAt: exp, marks: { iat: 0 } }
  return { ok: false, error: wireError('token-expired', 'The token has ended; sign in again.') }
}
