import type { Value } from '../../protocol/value.ts'
import { differenceOf } from './difference.ts'

/**
 * Merges two texts that come from one: what either has inserted is there, and what either has deleted is not. Where
 * both insert at one place, theirs comes first; what both insert alike comes once.
 */
export function mergeTexts(base: string, mine: string, theirs: string): string {
  if (theirs === base || mine === theirs) return mine
  if (mine === base) return theirs
  const deleted = new Uint8Array(base.length)
  const inserted = new Map<number, string[]>()
  for (const text of [theirs, mine]) {
    for (const one of differenceOf(base, text)) {
      deleted.fill(1, one.at, one.at + one.deleted)
      const others = inserted.get(one.at) ?? []
      if (one.inserted !== '' && !others.includes(one.inserted))
        inserted.set(one.at, [...others, one.inserted])
    }
  }
  let merged = ''
  for (let at = 0; at <= base.length; at++) {
    merged += inserted.get(at)?.join('') ?? ''
    if (deleted[at] === 0) merged += base[at]
  }
  return merged
}

/** A text that became another, on one that has become a third: none is as good as an empty one. */
export function mergeChangedText(before: Value, after: Value, current: Value): Value {
  if (current === before || current === after) return after
  if (before === after) return current
  const merged = mergeTexts(plain(before), plain(after), plain(current))
  return merged === '' ? after : merged
}

/** The text that a field holds, which may hold none. */
export function plain(value: Value): string {
  return typeof value === 'string' ? value : ''
}
