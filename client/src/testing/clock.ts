type Timer = { readonly at: number; readonly run: () => void }

/** Lets all promise callbacks run that are due without time passing. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

/** Time that stands still until it is told to go on, and chance from a seed. */
export class Clock {
  readonly #timers = new Set<Timer>()
  #now: number
  #state: number

  constructor(seed = 1, now = 1_000_000) {
    this.#state = seed
    this.#now = now
  }

  readonly now = () => this.#now

  /** mulberry32, by Tommy Ettinger (public domain). */
  readonly random = () => {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  readonly setTimer = (ms: number, run: () => void) => {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  get timers(): number {
    return this.#timers.size
  }

  /**
   * Lets time pass; timers run in order, each at its own time.
   *
   * @param between what happens after each of them
   */
  async pass(ms: number, between: () => Promise<void> = settle): Promise<void> {
    const end = this.#now + ms
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#timers.delete(timer)
      this.#now = timer.at
      timer.run()
      await between()
    }
    this.#now = end
  }

  /** Time passes in which nothing runs: what was due runs late, once. */
  oversleep(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      this.#timers.delete(timer)
      timer.run()
    }
  }

  #next(end: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}
