import type { Clock } from '../world/timeline.ts'

/** A page, as far as a device is concerned: one that was killed does nothing more, and is told nothing. */
export type Life = {
  readonly isOver: boolean
  /** Runs something in the page as soon as that can be. */
  reach(run: () => void): void
}

/** What a device is asked to do: one after the other, each after a while, and whoever asked hears of it later still. */
export class Turns {
  readonly #clock: Clock
  readonly #latency: () => number
  #doneAt = 0
  #toldAt = 0

  constructor(clock: Clock, latency: () => number) {
    this.#clock = clock
    this.#latency = latency
  }

  /** Nothing is done for so many milliseconds. */
  hang(ms: number): void {
    this.#doneAt = Math.max(this.#doneAt, this.#clock.now + ms)
  }

  /** Does it when it is its turn, unless the page is gone by then. A page that goes later leaves it done. */
  take<Result>(page: Life, run: () => Promise<Result>): Promise<Result> {
    this.#doneAt = Math.max(this.#doneAt, this.#clock.now) + this.#latency()
    return new Promise((resolve, reject) => {
      const tell = (told: () => void) => {
        this.#toldAt = Math.max(this.#toldAt, this.#clock.now + this.#latency())
        this.#clock.at(this.#toldAt, () => page.reach(told))
      }
      this.#clock.at(this.#doneAt, () => {
        if (page.isOver) return
        run().then(
          (result) => tell(() => resolve(result)),
          (thrown: unknown) => tell(() => reject(thrown)),
        )
      })
    })
  }
}
