import * as v from 'valibot'
import type { Down } from '../down/down.ts'
import { packRows } from '../down/packed-rows.ts'
import type { Page } from '../down/page.ts'
import { type GuardFinding, inspect } from '../guard.ts'
import { MAX_FRAME_BYTES } from '../limits.ts'
import type { Query } from '../query.ts'
import { readQuery } from '../read-query.ts'
import type { Up } from '../up/up.ts'
import { PROTOCOL_VERSION, SPOKEN_VERSIONS, unsupportedVersion } from '../version.ts'
import { type Decoded, parse, readerFor, refuse } from './decoded.ts'
import { downIn, upSchemasOf } from './earlier.ts'
import { issueText } from './issue-text.ts'

/** The text of a frame. */
export function encode(frame: Up | Down): string {
  return JSON.stringify(frame[0] === 'rows' ? packRows(frame) : frame)
}

/** The text of a frame for a client that speaks `version`. */
export function encodeDown(frame: Down, version: number): string {
  const form = downIn(version, frame)
  return form === frame ? encode(frame) : JSON.stringify(form)
}

/** The text of a page whose rows are text already, so that they are made once for all who are sent them. */
export function encodePage({ view, seq, last, total }: Omit<Page, 'rows'>, rows: string): string {
  return `["page",{"view":${view},"seq":${seq},"rows":${rows},"last":${last},"total":${total}}]`
}

/** Reads a frame from a client that speaks `version`; a hello says its own. Nothing about the text is trusted. */
export function decodeUp(text: string, version = PROTOCOL_VERSION): Decoded<Up> {
  // A UTF-16 unit is at least one byte, so this never refuses a frame that is small enough.
  if (text.length > MAX_FRAME_BYTES) return refuse('too-large', `A frame may have ${MAX_FRAME_BYTES} bytes.`)
  const read = parse(text)
  if (!read.ok) return read
  // A client's is looked through before anything else touches it.
  const finding = lookThrough(read.frame)
  if (finding) return refuse(finding.code, finding.message)
  const introduced = introducedVersion(read.frame)
  if (introduced !== undefined && !SPOKEN_VERSIONS.includes(introduced)) {
    // Whatever else it says may have a form of which nothing is known here.
    return refuse('version-unsupported', unsupportedVersion(introduced))
  }
  return decode(read.frame, upSchemasOf(introduced ?? version))
}

/** The version in which a hello is said; undefined for any other frame. */
function introducedVersion(parsed: unknown): number | undefined {
  if (!Array.isArray(parsed) || parsed[0] !== 'hello') return undefined
  const said: unknown = parsed[1]
  if (typeof said !== 'object' || said === null || !('protocol' in said)) return undefined
  return typeof said.protocol === 'number' ? said.protocol : undefined
}

/** Reads a query by itself, as an address carries it. Nothing about the text is trusted. */
export function decodeQuery(text: string): Decoded<Query> {
  const parsed = parse(text)
  if (!parsed.ok) return parsed
  const read = readQuery(parsed.frame)
  return 'error' in read ? { ok: false, error: read.error } : { ok: true, frame: read.query }
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

function decode<Frame>(
  parsed: unknown,
  schemas: Readonly<Record<string, v.GenericSchema<unknown, Frame>>>,
): Decoded<Frame> {
  const reader = readerFor(parsed, schemas)
  if ('error' in reader) return reader
  const { kind, read } = reader
  const result = v.safeParse(read, parsed, { abortEarly: true })
  if (result.success) return { ok: true, frame: result.output }
  const [issue] = result.issues
  return refuse('bad-frame', `"${kind}": ${issueText(read, issue)}.`)
}
