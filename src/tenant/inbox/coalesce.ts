/** The world of a gatherer, as far as it needs to know it. */
type Surroundings<Item> = {
  /** Runs something once the event loop has handed over what has already arrived. */
  readonly endOfTurn: (run: () => void) => void
  /** Resolves a moment later, in which the event loop gets to everything else. */
  readonly yieldToLoop: () => Promise<void>
  readonly sizeOf: (item: Item) => number
  /** Where so much came together, the event loop gets to everything else before there is more. */
  readonly yieldAfter: number
  /** As soon as this much is here, no more is waited for. */
  readonly maxTurn: number
  readonly take: (items: readonly Item[]) => void
}

/**
 * Coalesces what comes together: as long as the event loop hands over more, it waits for the rest. A socket hands
 * over its next frame only when its last one was received, so what is in one network packet takes several turns.
 */
export class Coalescer<Item> {
  readonly #around: Surroundings<Item>
  #items: Item[] = []
  #size = 0
  #wasLong = false

  constructor(around: Surroundings<Item>) {
    this.#around = around
  }

  add(item: Item): void {
    this.#size += this.#around.sizeOf(item)
    if (this.#items.push(item) > 1) return
    if (this.#wasLong) void this.#around.yieldToLoop().then(() => this.#wait())
    else this.#wait()
  }

  #wait(): void {
    const before = this.#items.length
    this.#around.endOfTurn(() => {
      if (this.#items.length > before && this.#size < this.#around.maxTurn) this.#wait()
      else this.#take()
    })
  }

  #take(): void {
    const items = this.#items
    this.#wasLong = this.#size >= this.#around.yieldAfter
    this.#items = []
    this.#size = 0
    this.#around.take(items)
  }
}
