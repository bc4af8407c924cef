import type { TidemarkApp } from '../define/define-app.ts'
import type { Environment } from '../platform/environment.ts'
import { type WireError, wireError } from '../protocol/errors.ts'
import { authenticate, type Verified } from './auth/authenticate.ts'

/** Milliseconds after which whoever came too often may come again: the period of the bindings. */
const RETRY_AFTER_MS = 10_000

/**
 * Verifies a token, and lets its person in unless they come too often: that is found out before their object wakes.
 * An address that shows many tokens that are not valid is told to wait, too; valid ones are not counted for it, so that
 * people behind one address do not wait for each other. A refusal with a time to come back is one of these.
 *
 * Cloudflare counts for each of its locations, and about: this saves money, and the object has limits of its own.
 * Where a binding is absent nobody waits for it.
 */
export async function admit(
  request: Request,
  env: Environment,
  app: TidemarkApp,
  token: string,
): Promise<Verified> {
  const verified = await authenticate(env, app, token)
  const isWelcome = verified.ok
    ? await isWithin(env.ADMISSION, JSON.stringify([verified.claims.tenant, verified.claims.sub]))
    : await isWithin(env.FAILURES, request.headers.get('CF-Connecting-IP') ?? '')
  return isWelcome ? verified : { ok: false, error: tooOften() }
}

/** The headers of a refusal over HTTP: when to come back, or which kind of token is wanted. */
export function refusalHeaders({ retryAfterMs }: WireError): Record<string, string> {
  if (retryAfterMs === undefined) return { 'WWW-Authenticate': 'Bearer' }
  return { 'Retry-After': String(Math.ceil(retryAfterMs / 1_000)) }
}

/** The status of such a refusal. */
export const refusalStatus = ({ retryAfterMs }: WireError) => (retryAfterMs === undefined ? 401 : 429)

/** A binding that fails turns nobody away. */
async function isWithin(limit: RateLimit | undefined, key: string): Promise<boolean> {
  try {
    return (await limit?.limit({ key }))?.success ?? true
  } catch {
    return true
  }
}

function tooOften(): WireError {
  const message = 'You come more often than one may; try again shortly.'
  return wireError('busy', message, { retryAfterMs: RETRY_AFTER_MS })
}
