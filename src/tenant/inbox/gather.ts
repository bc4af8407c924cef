/** What a gatherer needs to know of its world. */
type GatherParts<Item> = {
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
  readonly #parts: GatherParts<Item>
  #items: Item[] = []
  #size = 0
  #wasMuch = false

  constructor(parts: GatherParts<Item>) {
    this.#parts = parts
  }

  add(item: Item): void {
    this.#size += this.#parts.sizeOf(item)
    if (this.#items.push(item) > 1) return
    if (this.#wasMuch) void this.#parts.rest().then(() => this.#wait())
    else this.#wait()
  }

  #wait(): void {
    const before = this.#items.length
    this.#parts.endOfTurn(() => {
      if (this.#items.length > before && this.#size < this.#parts.enough) this.#wait()
      else this.#take()
    })
  }

  #take(): void {
    const items = this.#items
    this.#wasMuch = this.#size >= this.#parts.much
    this.#items = []
    this.#size = 0
    this.#parts.take(items)
  }
}
