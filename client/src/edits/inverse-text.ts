import { mergeTexts, plain } from '../../../src/core/text/merge-texts.ts'
import { patchesOf } from '../../../src/core/text/patches.ts'
import type { InverseOfText } from './inverse.ts'

/** The inverse of a change of a text, by which what others have written since stays: of the text as it is, only what was changed is taken back. */
export const inverseOfText: InverseOfText = (from, to, now) => {
  // A field that was empty is so again, unless there is more in it by now.
  if (from === null && now === to) return { set: null }
  const text = plain(now)
  return { text: { patches: patchesOf(text, mergeTexts(plain(to), plain(from), text)) } }
}
