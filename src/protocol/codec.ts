import * as v from 'valibot'
import { type Down, downSchemas, type Page, packRows } from './down.ts'
import { type ErrorCode, type WireError, wireError } from './errors.ts'
import { type GuardFinding, inspect } from './guard.ts'
import { MAX_FRAME_BYTES } from './limits.ts'
import type { Query } from './query.ts'
import { readQuery } from './read-query.ts'
import { type Up, upSchemas } from './up.ts'

/** A decoded frame, or the error to answer with. */
export type Decoded<Frame> = { ok: true; frame: Frame } | { ok: false; error: WireError }

/** The text of a frame. */
export function encode(frame: Up | Down): string {
  return JSON.stringify(frame[0] === 'rows' ? packRows(frame) : frame)
}

/** The text of a page whose rows are text already, so that they are made once for all who are sent them. */
export function encodePage({ view, seq, last, total }: Omit<Page, 'rows'>, rows: string): string {
  return `["page",{"view":${view},"seq":${seq},"rows":${rows},"last":${last},"total":${total}}]`
}

/** Reads a frame from a client. Nothing about the text is trusted. */
export function decodeUp(text: string): Decoded<Up> {
  // A UTF-16 unit is at least one byte, so this never refuses a frame that is small enough.
  if (text.length > MAX_FRAME_BYTES) return refuse('too-large', `A frame may have ${MAX_FRAME_BYTES} bytes.`)
  return decode(text, upSchemas, true)
}

/** Reads a frame from the server: its shape is checked, its size is the server's business. */
export function decodeDown(text: string): Decoded<Down> {
  return decode(text, downSchemas, false)
}

/** Reads a query by itself, as an address carries it. Nothing about the text is trusted. */
export function decodeQuery(text: string): Decoded<Query> {
  const parsed = parse(text)
  if (!parsed.ok) return parsed
  const read = readQuery(parsed.frame)
  return 'error' in read ? { ok: false, error: read.error } : { ok: true, frame: read.query }
}

function parse(text: string): Decoded<unknown> {
  try {
    return { ok: true, frame: JSON.parse(text) }
  } catch {
    return refuse('bad-json', 'The text is not JSON.')
  }
}

/** Characters that cannot be stored are refused for the one edit they are in, and the others of its push go on. */
function lookThrough(parsed: unknown): GuardFinding | undefined {
  const isPush = Array.isArray(parsed) && parsed[0] === 'push'
  return inspect(withoutQuery(parsed), { thoroughness: isPush ? 'form' : 'all' })
}

/** What a frame says besides the query of a subscription, which is looked through by itself. */
function withoutQuery(parsed: unknown): unknown {
  if (!Array.isArray(parsed) || parsed[0] !== 'subscribe') return parsed
  const [kind, asked, ...more] = parsed
  return typeof asked === 'object' && asked !== null && !Array.isArray(asked)
    ? [kind, { ...asked, query: null }, ...more]
    : parsed
}

function decode<Schemas extends Record<string, v.GenericSchema>>(
  text: string,
  schemas: Schemas,
  guarded: boolean,
): Decoded<v.InferOutput<Schemas[keyof Schemas]>> {
  const read = parse(text)
  if (!read.ok) return read
  const parsed = read.frame
  // A client's is looked through before anything else touches it.
  const finding = guarded ? lookThrough(parsed) : undefined
  if (finding) return refuse(finding.code, finding.message)
  if (!Array.isArray(parsed) || typeof parsed[0] !== 'string') {
    return refuse('bad-frame', 'A frame is a JSON array whose first item names its kind.')
  }
  const kind: string = parsed[0]
  const schema = Object.hasOwn(schemas, kind) ? schemas[kind] : undefined
  if (!schema) return refuse('unknown-kind', `"${kind.slice(0, 40)}" is not a kind of frame.`)
  const result = v.safeParse(schema, parsed, { abortEarly: true })
  if (result.success) return { ok: true, frame: result.output }
  const [issue] = result.issues
  return refuse('bad-frame', `"${kind}": ${issue.message} at ${v.getDotPath(issue) ?? 'the top'}.`)
}

function refuse(code: ErrorCode, message: string): { ok: false; error: WireError } {
  return { ok: false, error: wireError(code, message) }
}
