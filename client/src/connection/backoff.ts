/**
 * Milliseconds of the range that each delay is drawn from, by how many attempts have failed in a row: short at first,
 * because most faults are over by then, and from then on twice as long with every one.
 */
export const RANGES_MS = [1_000, 2_000, 2_000, 2_000, 4_000, 8_000, 16_000]

/** Milliseconds no delay exceeds: a server that is back is found within this time. */
export const CAP_MS = 30_000

/**
 * Milliseconds until the next attempt, by "full jitter": anything between nothing and the range. Clients that were cut
 * off together come back spread out.
 *
 * @param failures how many attempts have failed in a row, from 1
 * @param random at least 0, below 1
 * @param atLeastMs what the server asked for, if it did
 */
export function backoffMs(failures: number, random: number, atLeastMs = 0): number {
  const rangeMs = RANGES_MS[Math.max(1, failures) - 1] ?? CAP_MS
  return atLeastMs + Math.floor(random * rangeMs)
}
