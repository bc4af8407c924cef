import * as v from 'valibot'
import { type ErrorCode, type WireError, wireError } from '../../../src/protocol/errors.ts'
import { inspect } from '../../../src/protocol/guard.ts'
import type { Up } from '../../../src/protocol/up/up.ts'

/** Characters of what an error repeats. */
const MAX_REPEATED = 160

/**
 * Checks whether the server would take a frame: by its own schema and its own limits. What is no frame
 * ends the session there, and would be sent again on the next one; so it is asked of whatever an application
 * hands over, before it is sent.
 *
 * @param schema that of its kind
 * @param code what such a mistake is called where the schema finds it
 */
export function whyNoFrame(frame: Up, schema: v.GenericSchema, code: ErrorCode): WireError | undefined {
  const finding = inspect(frame)
  if (finding) return wireError(finding.code, finding.message)
  const parsed = v.safeParse(schema, frame, { abortEarly: true })
  if (parsed.success) return undefined
  const [issue] = parsed.issues
  // The path begins with the frame's own, which its author does not know.
  const path = v.getDotPath(issue)?.split('.').slice(PATH_OF_FRAME).join('.') ?? ''
  return wireError(code, `${issue.message.slice(0, MAX_REPEATED)}${path && ` at ${path}`}.`)
}

const PATH_OF_FRAME = 1
