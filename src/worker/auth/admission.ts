import type { TidemarkApp } from '../../define/define-app.ts'
import type { Environment } from '../../platform/environment.ts'
import { CLOSE, type CloseCode, type WireError, wireError } from '../../protocol/errors.ts'
import type { TooOften } from '../../protocol/internal/tenant-answers.ts'
import { authenticate, type Verified } from './authenticate.ts'
import { refuse } from './refuse.ts'

/** Milliseconds after which whoever came too often may come again: the period of the bindings. */
const RETRY_AFTER_MS = 10_000

const TOO_MANY_REQUESTS = 429

type NotAdmitted = Extract<Verified, { ok: false }> & { readonly isTooOften?: true }

/** The claims of who is let in, or why somebody is not. */
type Admitted = Extract<Verified, { ok: true }> | NotAdmitted

/**
 * Verifies a token, and lets its person in unless they come too often: that is found out before their object wakes.
 * An address that shows many tokens that are not valid is told to wait, too; valid ones are not counted for it, so that
 * people behind one address do not wait for each other.
 *
 * Cloudflare counts for each of its locations, and about: this saves money, and the object has limits of its own.
 * Where a binding is absent nobody waits for it.
 */
export async function admit(
  request: Request,
  env: Environment,
  app: TidemarkApp,
  token: string,
): Promise<Admitted> {
  const verified = await authenticate(env, app, token)
  const isWelcome = verified.ok
    ? await isWithin(env.ADMISSION, JSON.stringify([verified.claims.tenant, verified.claims.sub]))
    : await isWithin(env.FAILURES, request.headers.get('CF-Connecting-IP') ?? '')
  return isWelcome ? verified : { ok: false, error: tooOften(), isTooOften: true }
}

/** The answer to who is not let in. */
export const refuseAdmission = ({ error, isTooOften }: NotAdmitted): Response =>
  refuse(error, isTooOften ? TOO_MANY_REQUESTS : undefined)

/** The answer to whoever asks an object for too much at a time. */
export const refuseTooOften = ({ error }: TooOften): Response => refuse(error, TOO_MANY_REQUESTS)

/** The code by which a socket is closed that is not let in. */
export function closeCodeOf({ error, isTooOften }: NotAdmitted): CloseCode {
  if (isTooOften) return CLOSE.rate
  return error.code === 'busy' ? CLOSE.busy : CLOSE.auth
}

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
