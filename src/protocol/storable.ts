import type { Op } from './edit.ts'
import { type WireError, wireError } from './errors.ts'
import { inspect } from './guard.ts'
import { whyNoId } from './ids.ts'

/** The reason why no database could keep what an edit names, judged by both sides alike; undefined when it could. */
export function whyNotStorable(ops: readonly Op[]): WireError | undefined {
  for (const { id } of ops) {
    const why = whyNoId(id)
    if (why !== undefined) return wireError('bad-id', why)
  }
  const finding = inspect(ops)
  return finding && wireError(finding.code, finding.message)
}
