/** The pace at which something may go on: so much at once, and so much more each second. */
export type Rate = { readonly size: number; readonly perSecond: number }

/**
 * Allows so much a second of something, and what was not used up to a size. It begins half full, so that whoever
 * makes it begin anew gains nothing. The cost of what is known only when it is done may leave it in debt.
 */
export class TokenBucket {
  readonly #rate: Rate
  #level: number
  #at: number

  /** @param now milliseconds since 1970 */
  constructor(rate: Rate, now: number) {
    this.#rate = rate
    this.#level = rate.size / 2
    this.#at = now
  }

  /** What may be taken by now; negative while it is in debt. */
  level(now: number): number {
    const { size, perSecond } = this.#rate
    // A clock that was put back brings nothing.
    const elapsed = Math.max(0, now - this.#at)
    this.#level = Math.min(size, this.#level + (elapsed * perSecond) / 1_000)
    this.#at = now
    return this.#level
  }

  isFull(now: number): boolean {
    return this.level(now) === this.#rate.size
  }

  /** Takes as much, into debt if need be; of that no more than it holds. */
  charge(amount: number, now: number): void {
    this.#level = Math.max(-this.#rate.size, this.level(now) - amount)
  }

  /** Takes as much as there is of it, and returns how much that was. */
  takeUpTo(amount: number, now: number): number {
    const taken = Math.max(0, Math.min(amount, Math.floor(this.level(now))))
    this.#level -= taken
    return taken
  }

  /** Milliseconds until so much may be taken; 0 for at once. */
  waitMs(amount: number, now: number): number {
    const missing = Math.min(amount, this.#rate.size) - this.level(now)
    return missing <= 0 ? 0 : Math.ceil((missing * 1_000) / this.#rate.perSecond)
  }
}
