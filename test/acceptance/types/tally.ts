/** The ways on which each value is tried. */
export const WAYS = [
  'insert by a client',
  'update by a client',
  'insert in SQL',
  'update in SQL',
  'live',
  'snapshot',
  'loaded anew',
  'filter',
  'order',
  'conflict',
  'export',
  'refused',
  'set aside',
] as const

export type Way = (typeof WAYS)[number]

/** What was tried, and what was wrong. */
export class Tally {
  /** Tries by type and way. */
  readonly tried = new Map<string, Map<Way, number>>()
  /** A line for each try that went wrong. */
  readonly differences: string[] = []
  /** What has to be refused, and was. */
  refused = 0

  /**
   * Counts a try.
   *
   * @param found what there was instead
   */
  judge(kind: string, way: Way, isRight: boolean, found: unknown): void {
    const ways = this.tried.get(kind) ?? new Map<Way, number>()
    this.tried.set(kind, ways)
    ways.set(way, (ways.get(way) ?? 0) + 1)
    if (!isRight) this.differences.push(`${kind}, ${way}: ${JSON.stringify(found)}`)
  }

  /** Counts something that has to be refused by name. */
  judgeRefusal(kind: string, way: Way, isRefused: boolean, found: unknown): void {
    this.judge(kind, way, isRefused, found)
    if (isRefused) this.refused += 1
  }

  get cases(): number {
    const counts = [...this.tried.values()].flatMap((ways) => [...ways.values()])
    return counts.reduce((sum, count) => sum + count, 0)
  }
}
