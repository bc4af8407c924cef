import type { Value } from '../value.ts'

/**
 * A changed record: id, then column number and value in turn. A text of which little changed travels as `-1 - number`
 * and what changed of the one before: its place, how many units go, and what comes.
 */
export type Patch = [id: string, ...Value[]]

/** A text of which little changed: its patch, the place of its number there, and what changed. */
export type ShortText = readonly [
  patch: number,
  place: number,
  change: readonly [at: number, deleted: number, inserted: string],
]

/** The changes of one view: whole rows, patches, ids that left; and which texts of patches can be told shorter. */
export type Part = readonly [
  view: number,
  puts: Value[][],
  patches: Patch[],
  leaves: string[],
  texts?: readonly ShortText[],
]

/**
 * The changes of the interval (from, to] in the session's views, each record once at its last state.
 * Applied only when `from` is the client's cursor; anything else is a lost frame. It travels with its length in
 * the place of `to`. `at`: when its edits were accepted, by the server's clock, as `clockMark` says it; absent
 * where it says what came at several times, and from earlier versions.
 */
export type Rows = readonly ['rows', from: number, to: number, parts: readonly Part[], at?: number]

/** The changes of one view as they travel. */
type PackedPart = [view: number, patches: Patch[], puts: Value[][] | undefined, leaves: string[] | undefined]

/** An interval as it travels. */
type PackedRows = ['rows', from: number, length: number, parts: PackedPart[], at: number | undefined]

/** An interval from how it travels. */
export function unpackRows([kind, from, length, packed, at]: PackedRows): Rows {
  const parts = packed.map(([view, patches, puts = [], leaves = []]): Part => [view, puts, patches, leaves])
  return at === undefined ? [kind, from, from + length, parts] : [kind, from, from + length, parts, at]
}

/** An interval as it travels. */
export function packRows([kind, from, to, parts, at]: Rows): unknown[] {
  const told = [kind, from, to - from, parts.map(packPart)]
  return at === undefined ? told : [...told, at]
}

function packPart([view, puts, patches, leaves, texts]: Part): unknown[] {
  const told = texts ? shortened(patches, texts) : patches
  if (leaves.length > 0) return [view, told, puts, leaves]
  return puts.length > 0 ? [view, told, puts] : [view, told]
}

function shortened(patches: readonly Patch[], texts: readonly ShortText[]): unknown[] {
  const told = patches.map((patch): unknown[] => [...patch])
  for (const [patch, place, change] of texts)
    told[patch]?.splice(place, 2, -1 - Number(patches[patch]?.[place]), change)
  return told
}
