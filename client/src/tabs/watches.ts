/** The tags that several pages watch on one session. */
export class SharedWatches<Page> {
  readonly #patterns = new Map<Page, Set<unknown>>()
  /** Who has asked and has no answer yet, in their order. */
  readonly #askers: Page[] = []

  watch(page: Page, patterns: readonly unknown[]): void {
    this.#patterns.set(page, new Set([...(this.#patterns.get(page) ?? []), ...patterns]))
    this.#askers.push(page)
  }

  /** Returns the patterns that nobody watches any more. */
  unwatch(page: Page, patterns: readonly unknown[]): unknown[] {
    const own = this.#patterns.get(page)
    const ended = patterns.filter((pattern) => own?.delete(pattern))
    const others = [...this.#patterns.values()]
    return ended.filter((pattern) => !others.some((watched) => watched.has(pattern)))
  }

  forget(page: Page): unknown[] {
    const ended = this.unwatch(page, [...(this.#patterns.get(page) ?? [])])
    this.#patterns.delete(page)
    return ended
  }

  /** The server has answered: whom? */
  answered(): Page | undefined {
    return this.#askers.shift()
  }
}
