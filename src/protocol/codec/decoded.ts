import type * as v from 'valibot'
import { type ErrorCode, type WireError, wireError } from '../errors.ts'

/** A decoded frame, or the error to answer with. */
export type Decoded<Frame> = { ok: true; frame: Frame } | { ok: false; error: WireError }

/** Schemas by kind, all of whose frames come out in today's form. */
export type SchemasOf<Frame> = Readonly<Record<string, v.GenericSchema<unknown, Frame>>>

export function refuse(code: ErrorCode, message: string): { ok: false; error: WireError } {
  return { ok: false, error: wireError(code, message) }
}

/** The JSON that a text is. */
export function parse(text: string): Decoded<unknown> {
  try {
    return { ok: true, frame: JSON.parse(text) }
  } catch {
    return refuse('bad-json', 'The text is not JSON.')
  }
}

/** The one of some readers that is for a frame's kind; or why there is none. */
export function readerFor<Reader>(
  parsed: unknown,
  readers: Readonly<Record<string, Reader>>,
): { readonly kind: string; readonly read: Reader } | { readonly ok: false; readonly error: WireError } {
  if (!Array.isArray(parsed) || typeof parsed[0] !== 'string') {
    return refuse('bad-frame', 'A frame is a JSON array whose first item names its kind.')
  }
  const kind: string = parsed[0]
  const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined
  return read ? { kind, read } : refuse('unknown-kind', 'This is no kind of frame that is known here.')
}
