import { type WireError, wireError } from '../../protocol/errors.ts'
import { MAX_STORED_BYTES } from '../../protocol/limits.ts'
import { utf8Length } from '../../protocol/utf8-length.ts'
import { roughSize } from '../records/rough-size.ts'
import type { Draft } from './draft.ts'

/** Characters below which nothing is measured: even if each of them took six bytes there would be room. */
const SMALL = 100_000

/**
 * Refuses an edit that cannot be kept: a record, or what the log keeps of the edit, would be more than a row
 * of the object's storage holds. A few words can do that: they delete many large records at once.
 */
export function whyTooLargeToKeep(draft: Draft): WireError | undefined {
  if (draft.characters < SMALL) return undefined
  const changes = draft.changes()
  if (isTooLarge([changes, draft.steps(changes)])) {
    const message = 'The edit changes more text than one edit may; change fewer records at a time.'
    return wireError('too-large', message)
  }
  const record = draft.records().find(({ row }) => roughSize(row) >= SMALL && isTooLarge(row))
  if (!record) return undefined
  const message = `The record "${record.id}" would hold more than ${MAX_STORED_BYTES} bytes; split it, or keep long texts elsewhere.`
  return wireError('too-large', message, { ref: record.id })
}

function isTooLarge(value: unknown): boolean {
  return utf8Length(JSON.stringify(value)) > MAX_STORED_BYTES
}
