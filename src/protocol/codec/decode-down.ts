import type { Down } from '../down/down.ts'
import { PROTOCOL_VERSION } from '../version.ts'
import { type Decoded, parse, readerFor, refuse } from './decoded.ts'
import { downReadersOf } from './down-readers.ts'

/** Reads a frame from a server that speaks `version`: its form is checked, its size is the server's business. */
export function decodeDown(text: string, version = PROTOCOL_VERSION): Decoded<Down> {
  const parsed = parse(text)
  if (!parsed.ok) return parsed
  const reader = readerFor(parsed.frame, downReadersOf(version))
  if ('error' in reader) return reader
  const frame = reader.read(parsed.frame)
  if (typeof frame !== 'string') return { ok: true, frame }
  return refuse(
    'bad-frame',
    `"${reader.kind}" has not its form at ${frame.slice(1, MAX_REPEATED) || 'the top'}.`,
  )
}

/** Characters of a path that a message has. */
const MAX_REPEATED = 100
