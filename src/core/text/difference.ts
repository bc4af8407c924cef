/** A change of a text at one place: characters that go, by their number, and what comes in their stead. */
export type Splice = { readonly at: number; readonly deleted: number; readonly inserted: string }

/** Steps of a comparison: about a hundredth of a second. A text that needs more is compared by coarser pieces. */
const MAX_STEPS = 1_000_000

/** The pieces that are compared: words first, then lines. A character that takes two units is never cut. */
const PIECES = [/[\p{L}\p{N}_]+|./gsu, /[^\n]*\n|[^\n]+/gu]

/**
 * The difference between two texts as splices in the first one, by rising place. What is common at both ends is
 * left out by characters, and what is between by words; or by lines, or as one splice, where there is too much.
 */
export function differenceOf(before: string, after: string): Splice[] {
  if (before === after) return []
  const [start, end] = commonEnds(before, after)
  const [gone, come] = [before.slice(start, before.length - end), after.slice(start, after.length - end)]
  if (gone === '' || come === '') return [{ at: start, deleted: gone.length, inserted: come }]
  for (const pieces of PIECES) {
    const [from, to] = [gone.match(pieces) ?? [], come.match(pieces) ?? []]
    if (from.length * to.length <= MAX_STEPS) return splicesOf(from, to, start)
  }
  return [{ at: start, deleted: gone.length, inserted: come }]
}

/** The text with splices of it. */
export function splice(text: string, splices: readonly Splice[]): string {
  let spliced = ''
  let at = 0
  for (const one of splices) {
    spliced += text.slice(at, one.at) + one.inserted
    at = one.at + one.deleted
  }
  return spliced + text.slice(at)
}

/** The numbers of units that both texts begin and end with, whole characters only. */
export function commonEnds(a: string, b: string): readonly [start: number, end: number] {
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  if (start > 0 && (isHalf(a, start) || isHalf(b, start))) start--
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  if (end > 0 && (isHalf(a, a.length - end) || isHalf(b, b.length - end))) end--
  return [start, end]
}

/** Is a place within a character that takes two units? */
export function isHalf(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(at - 1, at + 1)) && at > 0
}

/** The longest common sequence of pieces stays; what is not of it goes or comes. */
function splicesOf(from: readonly string[], to: readonly string[], start: number): Splice[] {
  const width = to.length + 1
  const common = new Uint32Array((from.length + 1) * width)
  const commonAt = (i: number, j: number) => common[i * width + j] ?? 0
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      const longest =
        from[i] === to[j] ? commonAt(i + 1, j + 1) + 1 : Math.max(commonAt(i + 1, j), commonAt(i, j + 1))
      common[i * width + j] = longest
    }
  }
  const splices: Splice[] = []
  let [i, j, at] = [0, 0, start]
  while (i < from.length || j < to.length) {
    let [deleted, inserted] = [0, '']
    while ((i < from.length || j < to.length) && (from[i] !== to[j] || i >= from.length)) {
      if (j >= to.length || (i < from.length && commonAt(i + 1, j) >= commonAt(i, j + 1)))
        deleted += from[i++]?.length ?? 0
      else inserted += to[j++] ?? ''
    }
    if (deleted > 0 || inserted !== '') splices.push({ at, deleted, inserted })
    at += deleted
    while (i < from.length && j < to.length && from[i] === to[j]) {
      at += from[i++]?.length ?? 0
      j++
    }
  }
  return splices
}
