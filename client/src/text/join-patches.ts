import { MAX_PATCHES } from '../../../src/protocol/limits.ts'
import type { TextPatch } from '../../../src/protocol/text-op.ts'

/** Patches with one more, which becomes part of the last where it goes on typing or deleting there. */
export function joinPatch(patches: readonly TextPatch[], next: TextPatch): readonly TextPatch[] {
  const last = patches.at(-1)
  const joined = last && join(last, next)
  return joined ? [...patches.slice(0, -1), joined] : [...patches, next]
}

function join([place, deleted, inserted, before]: TextPatch, next: TextPatch): TextPatch | undefined {
  const [at, gone, come, beforeNext] = next
  // Typed on, or taken back, within what the last has inserted.
  if (at >= place && at + gone.length <= place + inserted.length)
    return [place, deleted, replaced(inserted, at - place, gone.length, come), before]
  // Deleted on, backwards or forwards.
  if (inserted !== '' || come !== '') return undefined
  if (at + gone.length === place) return [at, gone + deleted, '', beforeNext]
  return at === place ? [place, deleted + gone, '', before] : undefined
}

/** As many patches as one change of a text may have: where there are more, they are said as one. */
export function boundedPatches(patches: readonly TextPatch[], text: string): readonly TextPatch[] {
  if (patches.length <= MAX_PATCHES) return patches
  const inserted = patches.map(([, , come]) => come).join('')
  return [[text.length, '', inserted, '']]
}

function replaced(text: string, at: number, deleted: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at + deleted)
}
