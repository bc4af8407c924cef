import { mergeChangedText, plain } from '../text/merge-texts.ts'
import { applyPatches } from '../text/patches.ts'
import type { ItemMeeting } from './item-set.ts'
import { applied, type Merged, rejected } from './policy.ts'

/**
 * Character by character: what anybody inserts is there, unless somebody has deleted it. A whole text that is set means
 * the difference to what its author had in sight; where that is not known, it replaces what is there, which is kept.
 * The object goes by the manuscript, where it has the author's; this is what holds without one, and what a client
 * shows beside the text's own editor.
 */
export function text({ current, incoming, concurrent, base }: ItemMeeting): Merged {
  if ('text' in incoming) {
    const patched = applyPatches(plain(current), incoming.text.patches)
    return applied(patched === '' ? current && '' : patched)
  }
  if (!('set' in incoming)) return rejected('bad-operation', 'This field is set, not added to.')
  const { set } = incoming
  if (!concurrent || current === set) return applied(set)
  const seen = base?.()
  return seen ? applied(mergeChangedText(seen.value, set, current)) : applied(set, true)
}
