import { exports } from 'cloudflare:workers'
import type { HistoryItem, HistoryPage, HistoryRequest } from '../../../src/protocol/history.ts'
import { type Person, sign } from './peer.ts'

/** Asks about the past, as a client would. */
export async function ask(person: Person, request: HistoryRequest | string): Promise<Response> {
  const q = typeof request === 'string' ? request : JSON.stringify(request)
  return exports.default.fetch(`https://tidemark.test/sync/history?q=${encodeURIComponent(q)}`, {
    headers: { Authorization: `Bearer ${await sign(person)}` },
  })
}

type Range = Partial<Omit<Extract<HistoryRequest, { ask: 'record' }>, 'ask'>>

/** A page of a record's history; of a card unless said otherwise. */
export async function historyOf(person: Person, id: string, range: Range = {}): Promise<HistoryPage> {
  const response = await ask(person, { ask: 'record', collection: 'cards', id, ...range })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  return response.json()
}

/** What items say, without times and names of logs. */
export function told(items: readonly HistoryItem[]): unknown[] {
  return items.map(({ seq, kind, author, from, to, committed, refused, deltas }) => ({
    seq,
    kind,
    author,
    ...(kind === 'update' && { from, to }),
    committed,
    ...(refused && { refused: refused.code }),
    ...(deltas && { deltas }),
  }))
}
