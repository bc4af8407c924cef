import { timestampOf } from '../../core/records/timestamp.ts'

/** What is over waits for so long, so that it goes many at a time, and not one with each edit. */
const SLACK_MS = 86_400_000

/**
 * The ids of what is over, once the oldest of it has been so for a while; none until then.
 *
 * @param at milliseconds since 1970
 * @param old finds what is from before a time
 */
export function findOver(
  at: number,
  keepMs: number,
  old: (before: string) => readonly string[],
): readonly string[] {
  if (old(timestampOf(at - keepMs - SLACK_MS)).length === 0) return []
  return old(timestampOf(at - keepMs))
}
