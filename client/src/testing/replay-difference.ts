import { sameValue } from '../../../src/core/records/value.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { TracedConnection, TraceEvent } from '../trace/event.ts'
import type { End } from '../trace/picture.ts'
import type { Repro } from '../trace/repro.ts'

/** Frames that parts of a client send, which a replay has none of. */
const OF_PARTS = /^\["(?:presence|read-text)"/

/** The frame that counts the characters that were read, which are others where values are masked. */
const READ_ACK = /^\["read-ack"/

/** An event as two sessions are compared by it; undefined for one that they are not compared by. */
export function comparable(event: TraceEvent, masked: boolean): string | undefined {
  if (event.is === 'up' && (OF_PARTS.test(event.text) || (masked && READ_ACK.test(event.text))))
    return undefined
  const { at: _, ...rest } = event
  return JSON.stringify(withoutWords(rest, masked))
}

type Timeless = TraceEvent extends infer Event
  ? Event extends TraceEvent
    ? Omit<Event, 'at'>
    : never
  : never

function withoutWords(event: Timeless, masked: boolean): object {
  switch (event.is) {
    case 'up':
    case 'down':
      return { ...event, size: 0 }
    case 'connection':
      return { is: event.is, connection: connectionSign(event.connection) }
    case 'progress':
      return { ...event, error: event.error?.code }
    case 'error':
      return { is: event.is, error: event.error.code }
    case 'loaded':
      return { is: event.is, failed: event.error !== undefined }
    case 'no-token':
      return { ...event, message: '' }
    case 'ask':
    case 'subscribe':
    case 'shown':
      return { ...event, key: masked ? '' : event.key }
    default:
      return event
  }
}

function connectionSign({ cause, persistence: _, ...rest }: TracedConnection): object {
  return { ...rest, cause: cause?.code }
}

/** Characters of an event that a sentence about it has. */
const SHOWN = 240

/** An event, for a sentence about it. */
export function summaryOf({ at: _, is, ...rest }: TraceEvent): string {
  const said = JSON.stringify(rest)
  return `${is} ${said.length > SHOWN ? `${said.slice(0, SHOWN)}…` : said}`
}

/** The first difference between the end that was recorded and another. */
export function differenceOfEnds({ end, masked }: Repro, lived: End): string | undefined {
  return (
    differenceOf('the connection', connectionSign(end.connection), connectionSign(lived.connection)) ??
    editsDifference(end, lived) ??
    differenceOf('the number of queries', end.queries.length, lived.queries.length) ??
    firstOf(end.queries, (query, i) => {
      const other = lived.queries[i]
      const name = `the query ${query.key}`
      if (!other) return `At the end, ${name} is not there.`
      return (
        differenceOf(`the status of ${name}`, query.status, other.status) ??
        rowsDifference(name, query.rows, other.rows, masked)
      )
    })
  )
}

function editsDifference(end: End, lived: End): string | undefined {
  const signs = ({ edits }: End) =>
    edits.map(({ n, progress, error }) => ({ n, progress, error: error?.code }))
  const others = signs(lived)
  return (
    differenceOf('the number of edits', end.edits.length, lived.edits.length) ??
    firstOf(signs(end), (edit, i) => differenceOf(`edit ${edit.n}`, edit, others[i]))
  )
}

/** Masked values sort otherwise, and what the mask is for is not there to compare. */
function rowsDifference(
  name: string,
  rows: readonly Row[],
  lived: readonly Row[],
  masked: boolean,
): string | undefined {
  const order = (list: readonly Row[]) =>
    masked ? [...list].sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1)) : list
  const others = order(lived)
  return (
    differenceOf(`the number of rows of ${name}`, rows.length, lived.length) ??
    firstOf(order(rows), (row, i) => {
      const other = others[i] ?? {}
      const columns = masked ? Object.keys(row) : [...new Set([...Object.keys(row), ...Object.keys(other)])]
      return firstOf(columns, (column) => {
        const [there, here] = [row[column], other[column]]
        if (there !== undefined && here !== undefined && sameValue(there, here)) return undefined
        return differenceOf(`"${column}" of row ${i + 1} (${String(row['id'])}) of ${name}`, there, here)
      })
    })
  )
}

function differenceOf(what: string, there: unknown, here: unknown): string | undefined {
  const [was, is] = [JSON.stringify(there) ?? 'not there', JSON.stringify(here) ?? 'not there']
  return was === is ? undefined : `At the end, ${what} was ${was}, and replayed is ${is}.`
}

function firstOf<Item>(
  items: readonly Item[],
  find: (item: Item, i: number) => string | undefined,
): string | undefined {
  for (const [i, item] of items.entries()) {
    const found = find(item, i)
    if (found !== undefined) return found
  }
  return undefined
}
