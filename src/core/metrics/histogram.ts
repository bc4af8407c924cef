/**
 * Steps of each power of two. A value and the middle of its bucket differ by half a step at most, and below
 * this number each whole number has a bucket of its own.
 */
const STEPS = 16

const STEP_BITS = 4

/** The most by which a quantile is wrong, as a share of what it should be. */
export const QUANTILE_ERROR = 1 / (2 * STEPS)

/** The largest value; more counts as this. */
export const MAX_VALUE = 2 ** 31 - 1

/** A bucket and how many values are in it, in turn, behind the sum of all of them. Empty ones are left out. */
export type PackedHistogram = readonly number[]

/**
 * A distribution of whole numbers from 0 to 2^31 - 1 in log-linear buckets, as HdrHistogram has them: exact below 16,
 * 16 buckets to a power of two above, and so never wrong by more than `QUANTILE_ERROR`. Two of them add up to that of
 * all their values, in any order. A packed one has two numbers a bucket that is in use: 448 of them at most.
 */
export class Histogram {
  readonly #buckets = new Map<number, number>()
  #sum = 0
  #count = 0

  /** Counts a value `times` times. One that is no number counts as 0, and so does a negative one. */
  observe(value: number, times = 1): void {
    const whole = clamp(value)
    this.#add(bucketOf(whole), times)
    this.#sum += whole * times
  }

  /** Adds all that another has counted. */
  add(other: Histogram): void {
    for (const [bucket, count] of other.#buckets) this.#add(bucket, count)
    this.#sum += other.#sum
  }

  /** What this has counted and another, earlier one, has not. */
  less(earlier: Histogram): Histogram {
    const rest = new Histogram()
    for (const [bucket, count] of this.#buckets) {
      const more = count - (earlier.#buckets.get(bucket) ?? 0)
      if (more > 0) rest.#add(bucket, more)
    }
    rest.#sum = Math.max(0, this.#sum - earlier.#sum)
    return rest
  }

  get count(): number {
    return this.#count
  }

  /** The exact sum of all values, the largest as they were cut. */
  get sum(): number {
    return this.#sum
  }

  /**
   * The value that a share of all values does not exceed, wrong by `QUANTILE_ERROR` at most; undefined where nothing
   * was counted.
   *
   * @param share from 0 to 1
   */
  quantile(share: number): number | undefined {
    if (this.#count === 0) return undefined
    const rank = Math.max(1, Math.ceil(share * this.#count))
    let seen = 0
    for (const bucket of this.#sorted()) {
      seen += this.#buckets.get(bucket) ?? 0
      if (seen >= rank) return (lowestOf(bucket) + highestOf(bucket)) / 2
    }
    throw new Error('the buckets have fewer values than were counted')
  }

  /** How many values are at most `limit`. Exact for a limit that is the highest value of a bucket. */
  upTo(limit: number): number {
    let total = 0
    for (const [bucket, count] of this.#buckets) if (highestOf(bucket) <= limit) total += count
    return total
  }

  pack(): PackedHistogram {
    const packed = [this.#sum]
    for (const bucket of this.#sorted()) packed.push(bucket, this.#buckets.get(bucket) ?? 0)
    return packed
  }

  /** Reads a packed one; undefined for what is none. */
  static unpack(packed: unknown): Histogram | undefined {
    if (!Array.isArray(packed) || packed.length % 2 === 0 || !packed.every(isCount)) return undefined
    const [sum, ...buckets] = packed
    const histogram = new Histogram()
    let [least, most] = [0, 0]
    for (let i = 0; i < buckets.length; i += 2) {
      const [bucket, count] = [buckets[i], buckets[i + 1]]
      if (bucket === undefined || count === undefined || bucket > LAST_BUCKET) return undefined
      histogram.#add(bucket, count)
      least += lowestOf(bucket) * count
      most += highestOf(bucket) * count
    }
    // A sum that these values cannot have is none.
    if (sum === undefined || sum < least || sum > most) return undefined
    histogram.#sum = sum
    return histogram
  }

  #add(bucket: number, count: number): void {
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count)
    this.#count += count
  }

  #sorted(): Int32Array {
    return Int32Array.from(this.#buckets.keys()).sort()
  }
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function clamp(value: number): number {
  return value > 0 ? Math.min(MAX_VALUE, Math.round(value)) : 0
}

/** The bucket of a value: its highest five bits, and how many more there are. */
function bucketOf(value: number): number {
  if (value < STEPS) return value
  const shift = 31 - Math.clz32(value) - STEP_BITS
  return shift * STEPS + (value >> shift)
}

const LAST_BUCKET = bucketOf(MAX_VALUE)

function lowestOf(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket
  const shift = Math.floor(bucket / STEPS) - 1
  return (bucket - shift * STEPS) * 2 ** shift
}

const highestOf = (bucket: number): number => lowestOf(bucket + 1) - 1
