import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import { knownCode } from '../../../src/protocol/history-form.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import { is, object, text } from '../../../src/protocol/shape.ts'
import type { PreloadPort } from '../api/preload-port.ts'
import { askToken } from '../connection/token.ts'
import { connectAddress } from '../transport/address.ts'
import { type Access, isRead, type Read, readerOf } from './reads.ts'

/** Milliseconds that a read may take, with the waits for a tenant that is being loaded. */
export const READ_DEADLINE_MS = 10_000

/** Milliseconds until a tenant that is being loaded is asked again. */
const AGAIN_MS = 500

/** The outcome of preloading: what is refused, or could not be read, is left to the browser. */
export type Preloaded = { readonly ok: true } | { readonly ok: false; readonly error: WireError }

type Asked = { toJSON(): WireQuery }

/**
 * Reads queries once over HTTP, for a client of `createServerClient`. Never rejects: what cannot be read renders as it
 * does without.
 *
 * @example const preloaded = await preload(db, [db.cards.where({ status: 'open' })])
 */
export async function preload(
  db: { readonly preloads: PreloadPort },
  queries: readonly Asked[],
): Promise<Preloaded> {
  const reader = readerOf(db)
  if (!reader) return failed(wireError('bad-operation', 'Only a client of createServerClient preloads.'))
  const { access, done } = reader
  const token = await tokenOf(access)
  if (typeof token !== 'string') return failed(token)
  const readInto = async (query: WireQuery): Promise<Preloaded> => {
    const read = await readOnce(access, token, query)
    if ('code' in read) return failed(read)
    done.set(JSON.stringify(query), { query, ...read })
    db.preloads.preload(query, read.columns, read.rows)
    return { ok: true }
  }
  const results = await Promise.all(queries.map((query) => readInto(query.toJSON())))
  return results.find(({ ok }) => !ok) ?? { ok: true }
}

const failed = (error: WireError) => ({ ok: false, error }) as const

function tokenOf(access: Access): Promise<string | WireError> {
  return new Promise((resolve) => {
    askToken(access, 'connect', access, (answer) => {
      resolve('token' in answer ? answer.token : 'error' in answer ? answer.error : answer.nobody)
    })
  })
}

const refusal = object({ code: knownCode, message: text })

async function readOnce(
  { url, page, fetch, setTimer }: Access,
  token: string,
  query: WireQuery,
): Promise<Read | WireError> {
  const abort = new AbortController()
  const cancel = setTimer(READ_DEADLINE_MS, () => abort.abort())
  try {
    const address = new URL(
      connectAddress(url, page)
        .replace(/^ws/, 'http')
        .replace(/connect$/, 'query'),
    )
    address.searchParams.set('q', JSON.stringify(query))
    const headers = { Authorization: `Bearer ${token}` }
    const ask = () => fetch(address.href, { headers, signal: abort.signal })
    let response = await ask()
    // A tenant that nobody has had open for long is loaded first.
    while (response.status === 503 && !abort.signal.aborted) {
      await new Promise<void>((resolve) => {
        setTimer(AGAIN_MS, resolve)
      })
      response = await ask()
    }
    const body: unknown = await response.json()
    if (response.ok && isRead(body)) return { columns: body.columns, rows: body.rows }
    if (!response.ok && is(refusal, body)) return wireError(body.code, body.message)
    return wireError('internal', 'The server gave an answer that cannot be read.')
  } catch {
    return wireError('no-answer', 'The rows could not be read: the server did not answer.')
  } finally {
    cancel()
  }
}
