/** Milliseconds of the first range a delay is drawn from. */
const BASE_MS = 1_000

/** Milliseconds no delay exceeds: a server that is back is found within this time. */
export const CAP_MS = 30_000

/**
 * Milliseconds until the next attempt, by "full jitter": anything between nothing and a range that
 * doubles with every failure. Clients that were cut off together come back spread out.
 *
 * @param failures how many attempts have failed in a row, from 1
 * @param random at least 0, below 1
 * @param atLeastMs what the server asked for, if it did
 */
export function backoffMs(failures: number, random: number, atLeastMs = 0): number {
  const range = Math.min(CAP_MS, BASE_MS * 2 ** (Math.max(1, failures) - 1))
  return atLeastMs + Math.floor(random * range)
}
