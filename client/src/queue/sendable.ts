import type { Edit } from '../../../src/protocol/edit.ts'
import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import { inspect } from '../../../src/protocol/guard.ts'
import { MAX_DEADLINE_MS, MAX_FRAME_BYTES } from '../../../src/protocol/limits.ts'
import { editBytes, MAX_PUSH_BYTES } from './push-size.ts'

/** Options of an edit, as an application may give them. */
const OPTIONS: readonly string[] = ['durability', 'deadlineMs']

/**
 * The reason why the server would never take an edit, if there is one. What is no frame ends the session there, and would
 * be sent again on the next one, for ever. An edit is made by a composer, which has its names from the manifest and
 * judges ids and values; so it is asked of what comes from the application by other ways.
 */
export function whyUnsendable(edit: Edit, options: object = {}): WireError | undefined {
  if (editBytes(edit) > MAX_PUSH_BYTES) {
    return wireError('too-large', `An edit has to fit a frame of ${MAX_FRAME_BYTES} bytes.`)
  }
  const { deadlineMs } = edit
  if (deadlineMs !== undefined && !isDeadline(deadlineMs)) {
    return wireError('bad-value', 'A deadline is whole milliseconds, from 1 to a week.')
  }
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key))
  if (unknown !== undefined)
    return wireError('bad-operation', `"${unknown.slice(0, 40)}" is no option of an edit.`)
  if (edit.ops.some(({ id }) => typeof id !== 'string')) return wireError('bad-operation', 'An id is a text.')
  const finding = inspect(edit.ops)
  return finding && wireError(finding.code, finding.message)
}

function isDeadline(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 1 && ms <= MAX_DEADLINE_MS
}
