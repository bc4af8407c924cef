/** Cases that were judged, and what was wrong in some. */
export class Tally {
  readonly kinds = new Map<string, number>()
  readonly faults: string[] = []
  cases = 0
  readonly #report: (line: string) => void

  constructor(report: (line: string) => void) {
    this.#report = report
  }

  /** Judges one case of a kind of event. */
  judge(kind: string, isRight: boolean, what: () => string): void {
    this.cases += 1
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1)
    if (isRight) return
    this.faults.push(`${kind}: ${what()}`)
    if (this.faults.length <= 40) this.#report(`${kind}: ${what()}`)
  }

  told(): string {
    return [...this.kinds].map(([kind, cases]) => `${kind} ${cases}`).join(', ')
  }
}
