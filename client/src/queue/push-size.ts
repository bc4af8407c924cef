import type { Edit } from '../../../src/protocol/edit.ts'
import { MAX_FRAME_BYTES } from '../../../src/protocol/limits.ts'

/** Bytes a push has for its edits: a frame less its own brackets, kind and acknowledged n. */
export const MAX_PUSH_BYTES = MAX_FRAME_BYTES - 64

const encoder = new TextEncoder()

/** Bytes of an edit in a push, with the comma after it. */
export function editBytes(edit: Edit): number {
  return encoder.encode(JSON.stringify(edit)).byteLength + 1
}
