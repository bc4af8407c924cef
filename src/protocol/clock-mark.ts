/** After so many ms marks begin anew: longer than a live connection is silent, and five digits. */
const PERIOD_MS = 100_000

/** A time, in ms since 1970, as it travels where it is known to be of just now. */
export const clockMark = (at: number): number => at % PERIOD_MS

/** The time of a mark that is nearest to another one. */
export function nearestTime(mark: number, near: number): number {
  const ahead = mark - clockMark(near)
  const shift = Math.round(ahead / PERIOD_MS) * PERIOD_MS
  return near + ahead - shift
}
