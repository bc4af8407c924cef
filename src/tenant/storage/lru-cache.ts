type Entries<Value> = Map<string, { readonly value: Value; readonly size: number }>

/**
 * Remembers what was used last, up to a size. It has two halves: when the young one is full it becomes the old
 * one, and what was in that and not used again is gone. So a hit costs one look, and nothing is ever sorted.
 */
export class LruCache<Value> {
  readonly #halfSize: number
  #young: Entries<Value> = new Map()
  #old: Entries<Value> = new Map()
  /** Of the young half. */
  #size = 0

  /** @param size of all that is remembered, in the unit in which each is given */
  constructor(size: number) {
    this.#halfSize = size / 2
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key)
    if (young) return young.value
    const old = this.#old.get(key)
    if (old) this.put(key, old.value, old.size)
    return old?.value
  }

  /** Remembers a value in the place of an earlier one. One that is larger than a half is not remembered. */
  put(key: string, value: Value, size: number): void {
    this.delete(key)
    if (size > this.#halfSize) return
    if (this.#size + size > this.#halfSize) {
      this.#old = this.#young
      this.#young = new Map()
      this.#size = 0
    }
    this.#young.set(key, { value, size })
    this.#size += size
  }

  delete(key: string): void {
    this.#size -= this.#young.get(key)?.size ?? 0
    this.#young.delete(key)
    this.#old.delete(key)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
    this.#size = 0
  }
}
