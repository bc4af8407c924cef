import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { HistoryRequest } from '../../../src/protocol/history.ts'
import { knownCode } from '../../../src/protocol/history-form.ts'
import { is, object, type Shape, text } from '../../../src/protocol/shape.ts'
import type { Environment } from '../environment/environment.ts'

/** Milliseconds that an answer may take: more than the server waits for Postgres. */
export const ANSWER_DEADLINE_MS = 15_000

/** The means to ask the server beside the connection. */
export type AskPort = Pick<Environment, 'fetch' | 'setTimer'> & {
  /** The address of the socket. */
  readonly address: string
  /** The token of the connection that is live; else why there is none. */
  readonly token: () => string | WireError
}

const refusal = object({ code: knownCode, message: text })

/** Asks about the past. Never rejects. */
export async function ask<Answer>(
  { fetch, setTimer, address, token: tokenOf }: AskPort,
  request: HistoryRequest,
  form: Shape<Answer>,
): Promise<Answer | WireError> {
  const token = tokenOf()
  if (typeof token !== 'string') return token
  const abort = new AbortController()
  const cancel = setTimer(ANSWER_DEADLINE_MS, () => abort.abort())
  try {
    const url = new URL(address.replace(/^ws/, 'http').replace(/connect$/, 'history'))
    url.searchParams.set('q', JSON.stringify(request))
    const headers = { Authorization: `Bearer ${token}` }
    const response = await fetch(url.href, { headers, cache: 'no-store', signal: abort.signal })
    const body: unknown = await response.json()
    if (response.ok) {
      if (is(form, body)) return body
    } else if (is(refusal, body)) return wireError(body.code, body.message)
    return wireError('internal', 'The server gave an answer that cannot be read.')
  } catch {
    return wireError('no-answer', 'The history could not be read: the server did not answer.')
  } finally {
    cancel()
  }
}
