/** Says what a start is doing, step by step, with the seconds since it began. */
export class Steps {
  readonly #begun: number
  readonly #now: () => number
  readonly #report: (line: string) => void

  /** @param now in ms, of a clock that never goes back */
  constructor(report: (line: string) => void, now = () => performance.now()) {
    this.#report = report
    this.#now = now
    this.#begun = now()
  }

  /** Does a step, telling its beginning and its end. What it throws, it throws. */
  async take<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    const begun = this.#now()
    this.say(`${what} ...`)
    const result = await work()
    this.say(`${what}: done in ${inSeconds(this.#now() - begun)}`)
    return result
  }

  say(line: string): void {
    this.#report(`${inSeconds(this.#now() - this.#begun).padStart(6)}  ${line}`)
  }
}

const inSeconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
