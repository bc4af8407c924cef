import type { LogRows } from './log-rows.ts'
import type { Meta } from './meta.ts'

const DAY_MS = 24 * 3_600_000

/** What is kept of the log after it is committed, so that a client away for a while gets a delta. */
const RETENTION = { edits: 50_000, bytes: 64 * 1024 * 1024, ms: 7 * DAY_MS }

/** How often it is checked whether there is more than that: a check reads the size of each row of the log. */
const CHECK_EVERY = { edits: 2_500, ms: DAY_MS }

type PruneState = { readonly head: number; readonly committed: number }

/**
 * Drops what nobody is likely to need of the committed log, if it is time to look for it.
 *
 * @param now milliseconds since 1970
 * @returns the last seq dropped; undefined when there was none
 */
export function pruneLog(
  log: LogRows,
  meta: Meta,
  { head, committed }: PruneState,
  now: number,
): number | undefined {
  const checked = meta.get('pruned')
  if (head < checked.head + CHECK_EVERY.edits && now < checked.at + CHECK_EVERY.ms) return undefined
  meta.put('pruned', { head, at: now })
  return log.prune(committed, now, RETENTION)
}
