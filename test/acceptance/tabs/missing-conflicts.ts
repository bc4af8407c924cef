/** An edit that a tab made: its n, the label that it wrote in a field of a card, and the one that was shown before. */
export type Made = { readonly n: number; readonly card: string; readonly label: string; readonly saw: string }

/**
 * The values of a field that were overwritten by a tab which had not been shown them, and those that no conflict keeps.
 * All tabs number their edits together, so that n is the order in which they were taken. Beside an edit of which nothing
 * is known, because its tab was killed before it could tell, nothing is judged.
 *
 * @param losers what conflicts keep
 */
export function missingConflicts(
  made: readonly Made[],
  losers: readonly string[],
): { readonly unseen: number; readonly conflictsMissing: number } {
  const sorted = made.toSorted((a, b) => a.n - b.n)
  const unseen = sorted.flatMap((one, i) => {
    const before = sorted[i - 1]
    const follows = before?.n === one.n - 1 && before.card === one.card
    return follows && before.label !== one.saw ? [before.label] : []
  })
  const missing = unseen.filter((label) => !losers.some((loser) => loser.includes(`"${label}"`)))
  return { unseen: unseen.length, conflictsMissing: missing.length }
}
