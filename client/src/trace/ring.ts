/** The newest of many things, within a bound of their number and of their weight together. */
export class Ring<Item> {
  readonly #most: number
  readonly #mostWeight: number
  readonly #weigh: (item: Item) => number
  #items: Item[] = []
  /** Where they begin: what is before is let go of now and then. */
  #first = 0
  #weight = 0
  #dropped = 0

  constructor(most: number, mostWeight: number, weigh: (item: Item) => number) {
    this.#most = most
    this.#mostWeight = mostWeight
    this.#weigh = weigh
  }

  /** How many are gone. */
  get dropped(): number {
    return this.#dropped
  }

  get size(): number {
    return this.#items.length - this.#first
  }

  get items(): readonly Item[] {
    return this.#items.slice(this.#first)
  }

  push(item: Item): void {
    this.#items.push(item)
    this.#weight += this.#weigh(item)
    while (this.size > 1 && (this.size > this.#most || this.#weight > this.#mostWeight)) this.#drop()
    if (this.#first > this.#most) this.#compact()
  }

  #drop(): void {
    const item = this.#items[this.#first]
    if (item !== undefined) this.#weight -= this.#weigh(item)
    this.#first++
    this.#dropped++
  }

  #compact(): void {
    this.#items = this.#items.slice(this.#first)
    this.#first = 0
  }
}
