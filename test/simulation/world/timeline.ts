/** When simulations begin, in ms since 1970. */
const BEGINNING = Date.UTC(2026, 0, 1)

/** When it is, and what is to happen later. */
export type Clock = {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Runs once in `ms`. Returns how to call it off. */
  after(ms: number, run: () => void): () => void
  /** Runs once at that time, in ms since 1970, or at once. Returns how to call it off. */
  at(time: number, run: () => void): () => void
}

type Event = { readonly at: number; readonly order: number; readonly run: () => void }

/** Virtual time: what is to happen, in order. Nothing in it waits for a real clock. */
export class Timeline implements Clock {
  /** Milliseconds since 1970. */
  now = BEGINNING
  /** A heap: no event is before its parent, which is at half its place. */
  readonly #events: Event[] = []
  readonly #calledOff = new Set<Event>()
  #order = 0

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.now - BEGINNING
  }

  /** Runs once in `ms`, after everything that is to run at that time already. Returns how to call it off. */
  after(ms: number, run: () => void): () => void {
    return this.at(this.now + ms, run)
  }

  at(time: number, run: () => void): () => void {
    const event = { at: Math.max(this.now, Math.round(time)), order: this.#order++, run }
    this.#push(event)
    return () => void this.#calledOff.add(event)
  }

  /**
   * Runs the next event, and everything that follows from it without time passing.
   *
   * @returns false when nothing is to happen any more
   */
  async step(): Promise<boolean> {
    let event = this.#pop()
    while (event && this.#calledOff.delete(event)) event = this.#pop()
    if (!event) return false
    this.now = event.at
    event.run()
    await settled()
    return true
  }

  #push(event: Event): void {
    const events = this.#events
    let place = events.push(event) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = events[above]
      if (!parent || !isBefore(event, parent)) break
      events[place] = parent
      place = above
    }
    events[place] = event
  }

  #pop(): Event | undefined {
    const events = this.#events
    const [first] = events
    const last = events.pop()
    if (!first || !last || first === last) return first
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      const [one, other] = [events[left], events[left + 1]]
      const child = one && other && isBefore(other, one) ? left + 1 : left
      const below = events[child]
      if (!below || isBefore(last, below)) break
      events[place] = below
      place = child
    }
    events[place] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** Resolves when every promise that can go on has. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
