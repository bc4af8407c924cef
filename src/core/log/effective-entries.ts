import type { LogEntry } from './log.ts'

/**
 * The entries that stand, each as it is by now: what was undone is left out, and so are the entries
 * that undid it.
 *
 * @param corrections entries that have become something else since they were logged; the last says
 */
export function effectiveEntries(entries: readonly LogEntry[], corrections: readonly LogEntry[]): LogEntry[] {
  const corrected = new Map(corrections.map((entry) => [entry.seq, entry]))
  const undone = new Set(entries.flatMap(({ reverts }) => reverts?.seq ?? []))
  return entries.flatMap((logged) => {
    const entry = corrected.get(logged.seq) ?? logged
    if (entry.reverts || entry.undone) return []
    if (!undone.has(entry.seq)) return entry
    // Of an external change only the answer to it could be undone.
    return entry.external ? { ...entry, repairs: [] } : []
  })
}
