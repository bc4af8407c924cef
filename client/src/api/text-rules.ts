import type { text } from '../../../src/core/merge/text.ts'
import type { TextOp } from '../../../src/protocol/text-op.ts'

/**
 * The means to change texts that several write, which a page has where it edits one. Without them a text that is set is
 * said whole, and the server makes the difference to what its author had in sight.
 */
export type TextRules = {
  readonly merge: typeof text
  /** What makes one text another. */
  readonly change: (before: string, after: string) => TextOp
}

/** A place for the rules of texts, which may come while the client lives. */
export type TextSlot = { rules?: TextRules }
