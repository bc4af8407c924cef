import { type Rate, TokenBucket } from '../../core/schedule/token-bucket.ts'

/** Buckets that are kept before those that are full are dropped: a full one says nothing. */
const KEPT = 256

/** The buckets of many, each by a name, while it is not full. */
export class Allowances {
  readonly #rate: Rate
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(rate: Rate) {
    this.#rate = rate
  }

  /** @param now milliseconds since 1970 */
  of(name: string, now: number): TokenBucket {
    const known = this.#buckets.get(name)
    if (known) return known
    if (this.#buckets.size >= KEPT)
      for (const [other, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(other)
    const bucket = new TokenBucket(this.#rate, now)
    this.#buckets.set(name, bucket)
    return bucket
  }
}
