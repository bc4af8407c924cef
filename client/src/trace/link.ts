/** A network that a developer can take from a client and give back. */
export class Link {
  readonly #drops = new Set<() => void>()
  readonly #changes = new Set<() => void>()
  #isUp = true

  get isUp(): boolean {
    return this.#isUp
  }

  /** Takes the network away, or gives it back. */
  turn(isUp: boolean): void {
    if (this.#isUp === isUp) return
    this.#isUp = isUp
    if (!isUp) for (const drop of [...this.#drops]) drop()
    for (const change of [...this.#changes]) change()
  }

  /** Calls when it goes. Returns how to stop. */
  onDrop(drop: () => void): () => void {
    this.#drops.add(drop)
    return () => this.#drops.delete(drop)
  }

  /** Calls when it has come or gone. Returns how to stop. */
  onChange(change: () => void): () => void {
    this.#changes.add(change)
    return () => this.#changes.delete(change)
  }
}
