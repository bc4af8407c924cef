import { type WireError, wireError } from '../../src/protocol/errors.ts'
import type { Environment } from './environment.ts'
import type { ClientOptions, TokenRequest } from './types.ts'

/** Milliseconds a token provider has. One that never answers would hold the connection for ever. */
export const TOKEN_DEADLINE_MS = 10_000

export type TokenAnswer =
  | { readonly token: string }
  | { readonly nobody: true }
  | { readonly error: WireError }

/**
 * Asks the application for a token. Exactly one answer comes, within the deadline, unless the
 * returned function is called first: then none comes.
 */
export function askToken(
  { getToken }: Pick<ClientOptions, 'getToken'>,
  reason: TokenRequest['reason'],
  { setTimer }: Pick<Environment, 'setTimer'>,
  answer: (answer: TokenAnswer) => void,
): () => void {
  const abort = new AbortController()
  let waiting = true
  const finish = (outcome?: TokenAnswer) => {
    if (!waiting) return
    waiting = false
    cancelTimer()
    abort.abort()
    if (outcome) answer(outcome)
  }
  const fail = (message: string) => finish({ error: wireError('unauthenticated', message) })
  const cancelTimer = setTimer(TOKEN_DEADLINE_MS, () => fail('The sign-in did not answer in time.'))
  // Started inside the chain, so that a provider that throws is one that rejects.
  Promise.resolve({ reason, signal: abort.signal })
    .then(getToken)
    .then(
      (token) => finish(token === null || token === '' ? { nobody: true } : { token }),
      (cause: unknown) =>
        fail(`The sign-in failed: ${cause instanceof Error ? cause.message : String(cause)}`),
    )
  return () => finish()
}
