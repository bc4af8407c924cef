import { text } from '../../../src/core/merge/text.ts'
import { patchesOf } from '../../../src/core/text/patches.ts'
import type { TextRules } from '../api/text-rules.ts'

export const TEXT_RULES: TextRules = {
  merge: text,
  change: (before, after) => ({ patches: patchesOf(before, after) }),
}
