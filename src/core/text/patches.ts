import { MAX_PATCHES } from '../../protocol/limits.ts'
import type { TextPatch } from '../../protocol/text-op.ts'
import { commonEnds, differenceOf, isHalf } from './difference.ts'

/** Units before a place that a patch remembers, to be found again in a text that has moved. */
const REMEMBERED = 12

/**
 * The difference between two texts as patches, each at its place once those before it are done. Where there are more
 * than a change may have, it is told as one.
 */
export function patchesOf(before: string, after: string): TextPatch[] {
  const splices = differenceOf(before, after)
  if (splices.length > MAX_PATCHES) return [patchOf(before, after)]
  let moved = 0
  return splices.map(({ at, deleted, inserted }) => {
    const place = at + moved
    moved += inserted.length - deleted
    return [place, before.slice(at, at + deleted), inserted, remembered(after, place)]
  })
}

/** The difference between two texts as one patch: all that is not common at their ends. */
function patchOf(before: string, after: string): TextPatch {
  const [start, end] = commonEnds(before, after)
  const gone = before.slice(start, before.length - end)
  return [start, gone, after.slice(start, after.length - end), remembered(after, start)]
}

/**
 * Does patches on a text that may not be the one they were made on. Each is done at the nearest place that has what
 * it deletes, behind what it remembers if there is one. What is not there any more is not deleted; what is inserted
 * always is.
 */
export function applyPatches(text: string, patches: readonly TextPatch[]): string {
  return placePatches(text, patches).text
}

/** Does patches as `applyPatches`, and says as which they were done. */
export function placePatches(
  text: string,
  patches: readonly TextPatch[],
): { readonly text: string; readonly patches: readonly TextPatch[] } {
  const placed: TextPatch[] = []
  let now = text
  let last = { place: 0, end: 0, at: 0 }
  for (const [place, deleted, inserted, before] of patches) {
    // What stands behind the last patch is looked for there, and not in what that has inserted.
    const floor = place >= last.end ? last.at + last.end - last.place : 0
    const wanted = Math.max(floor, place + last.at - last.place)
    const behind = findNear(now, before + deleted, wanted - before.length, floor - before.length)
    const found = behind === undefined ? findNear(now, deleted, wanted, floor) : behind + before.length
    const known = found ?? Math.min(wanted, now.length)
    const at = isHalf(now, known) ? known + 1 : known
    const gone = found === undefined ? '' : deleted
    placed.push([at, gone, inserted, remembered(now, at)])
    now = now.slice(0, at) + inserted + now.slice(at + gone.length)
    last = { place, end: place + inserted.length, at }
  }
  return { text: now, patches: placed }
}

function remembered(text: string, place: number): string {
  const from = Math.max(0, place - REMEMBERED)
  return text.slice(isHalf(text, from) ? from + 1 : from, place)
}

/** The place nearest to `wanted` where a text has another, from `floor` on; undefined where there is none. */
function findNear(text: string, part: string, wanted: number, floor: number): number | undefined {
  if (part === '') return undefined
  const after = text.indexOf(part, Math.max(0, wanted))
  const before = text.lastIndexOf(part, Math.max(0, wanted))
  const isBefore = before >= Math.max(0, floor) && (after < 0 || wanted - before < after - wanted)
  if (isBefore) return before
  return after < 0 ? undefined : after
}
