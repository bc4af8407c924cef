import type { Guard } from './guard.ts'

/** Something that changes and can be watched. `getSnapshot` returns the same object until it changes. */
export type Observable<Snapshot> = {
  /** Calls `listener` after every change, with the new snapshot. Returns how to stop. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void
  getSnapshot(): Snapshot
}

/** A set of listeners. One that is added twice is called twice, and each addition ends by itself. */
export class Listeners<Event> {
  readonly #entries = new Set<{ readonly listener: (event: Event) => unknown }>()
  readonly #guard: Guard

  /** @param guard runs each listener, so that one that throws keeps nothing from the others */
  constructor(guard: Guard) {
    this.#guard = guard
  }

  get size(): number {
    return this.#entries.size
  }

  /** Returns how to stop; stopping twice does nothing more. */
  add(listener: (event: Event) => unknown): () => boolean {
    const entry = { listener }
    this.#entries.add(entry)
    return () => this.#entries.delete(entry)
  }

  /**
   * Tells all who listen now; one that was removed by an earlier one is not told.
   *
   * @param isNews false once a listener has brought about newer news, which everybody has been told by then
   */
  emit(event: Event, isNews: () => boolean = () => true): void {
    for (const entry of [...this.#entries]) {
      if (this.#entries.has(entry) && isNews()) this.#guard(() => entry.listener(event))
    }
  }
}
