/** Long enough that a moment is not enough to fire, and short enough that what is over soon counts as over. In ms. */
export const LONG_WINDOW_MS = 3_600_000
export const SHORT_WINDOW_MS = 300_000

/** Totals are marked this often while something happens, in ms: a window is longer by no more than that. */
export const MARK_EVERY_MS = 300_000

/** Totals up to a time, in ms since 1970. They only grow. */
export type Mark = { readonly at: number; readonly totals: Totals }

export type Totals = Readonly<Record<string, number>>

/** The marks that there are after another, oldest first: as many as the long window needs. */
export function withMark(marks: readonly Mark[], mark: Mark): Mark[] {
  const first = marks.findLastIndex(({ at }) => at <= mark.at - LONG_WINDOW_MS)
  return [...marks.slice(Math.max(0, first)), mark]
}

/** Is it time for another mark? */
export function isMarkDue(marks: readonly Mark[], now: number): boolean {
  return now - (marks.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= MARK_EVERY_MS
}

/**
 * The count of a name in the last so many ms, or a little more. Counting that began anew in between counts from
 * there.
 */
export function countedIn(marks: readonly Mark[], now: Mark, name: string, windowMs: number): number {
  // Before the first mark nobody knows when what was counted happened.
  const from = marks.findLast(({ at }) => at <= now.at - windowMs) ?? marks[0] ?? now
  const total = now.totals[name] ?? 0
  const before = from.totals[name] ?? 0
  return total >= before ? total - before : total
}
