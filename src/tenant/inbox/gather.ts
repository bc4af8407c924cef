/** The world of a gatherer, as far as it needs to know it. */
type Surroundings<Item> = {
  /** Runs something once the event loop has handed over what has already arrived. */
  readonly endOfTurn: (run: () => void) => void
  /** Resolves a moment later, in which the event loop gets to everything else. */
  readonly rest: () => Promise<void>
  readonly sizeOf: (item: Item) => number
  /** Where so much came together, the event loop rests before there is more. */
  readonly much: number
  /** As soon as this much is here, no more is waited for. */
  readonly enough: number
  readonly take: (items: readonly Item[]) => void
}

/**
 * Gathers what comes together: as long as the event loop hands over more, it waits for the rest. A socket hands
 * over its next frame only when its last one was received, so what is in one network packet takes several rounds.
 */
export class Gather<Item> {
  readonly #around: Surroundings<Item>
  #items: Item[] = []
  #size = 0
  #wasMuch = false

  constructor(around: Surroundings<Item>) {
    this.#around = around
  }

  add(item: Item): void {
    this.#size += this.#around.sizeOf(item)
    if (this.#items.push(item) > 1) return
    if (this.#wasMuch) void this.#around.rest().then(() => this.#wait())
    else this.#wait()
  }

  #wait(): void {
    const before = this.#items.length
    this.#around.endOfTurn(() => {
      if (this.#items.length > before && this.#size < this.#around.enough) this.#wait()
      else this.#take()
    })
  }

  #take(): void {
    const items = this.#items
    this.#wasMuch = this.#size >= this.#around.much
    this.#items = []
    this.#size = 0
    this.#around.take(items)
  }
}
