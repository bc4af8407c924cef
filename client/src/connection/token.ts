import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import { MAX_TOKEN_BYTES } from '../../../src/protocol/limits.ts'
import { sentenceOf } from '../api/guard.ts'
import type { GetToken, TokenRequest } from '../api/types.ts'
import type { Environment } from '../environment/environment.ts'

/** Milliseconds a token provider has. One that never answers would hold the connection for ever. */
export const TOKEN_DEADLINE_MS = 10_000

/** What a WebSocket can carry as the name of a protocol, which is how a browser has to send a token. */
const SENDABLE = /^[\w.~+/=!#$%&'*^`|-]+$/

export type TokenAnswer =
  | { readonly token: string }
  /** A person has to sign in. */
  | { readonly nobody: WireError }
  /** Asking again may help. */
  | { readonly error: WireError }

/**
 * Thrown by `getToken` where nobody is signed in; giving null says the same. So does an error that has a
 * `status` of 401, or a `response` with one.
 *
 * @example if (response.status === 401) throw new SignedOut()
 */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
  readonly status = 401

  constructor(message = 'Nobody is signed in.') {
    super(message)
  }
}

/**
 * Asks the application for a token. Exactly one answer comes, within the deadline, unless the
 * returned function is called first: then none comes.
 */
export function askToken(
  { getToken }: { readonly getToken: GetToken },
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
  const cancelTimer = setTimer(TOKEN_DEADLINE_MS, () => finish(failed('The sign-in did not answer in time.')))
  // Started inside the chain, so that a provider that throws is one that rejects.
  Promise.resolve({ reason, signal: abort.signal })
    .then(getToken)
    .then(
      (given: unknown) => finish(judge(given)),
      (thrown: unknown) => finish(judgeFailure(thrown)),
    )
  return () => finish()
}

function judge(given: unknown): TokenAnswer {
  if (given === null || given === '') return { nobody: wireError('signed-out', 'Nobody is signed in.') }
  if (typeof given !== 'string') {
    return failed(`getToken gave ${typeof given}; it gives a token, or null when nobody is signed in.`)
  }
  if (given.length <= MAX_TOKEN_BYTES && SENDABLE.test(given)) return { token: given }
  return failed('getToken gave a text that is no token. Did it read a page in place of one?')
}

function judgeFailure(thrown: unknown): TokenAnswer {
  const status = statusOf(thrown)
  const why = sentenceOf(thrown)
  if (status === 401) return { nobody: wireError('signed-out', `Nobody is signed in: ${why}`) }
  return failed(`The sign-in failed: ${why}`)
}

function failed(message: string): TokenAnswer {
  return { error: wireError('token-failed', message) }
}

/** The HTTP status that an error tells of: its own, or that of the response it holds. */
function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  if ('status' in thrown) return Number(thrown.status)
  return 'response' in thrown ? statusOf(thrown.response) : undefined
}
