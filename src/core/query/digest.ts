import type { Value } from '../../protocol/value.ts'
import { hashPair } from '../records/hash.ts'

/** A digest of rows, whatever their order: how many there are, and sums of their hashes. */
export type RowsDigest = { readonly rows: number; readonly text: string }

/** Adds rows up to a digest; what was added can be taken out again. */
export class DigestSum {
  #rows = 0
  #first = 0
  #second = 0

  /** @param values a row in the order of its view's columns */
  add(values: readonly Value[]): void {
    const [first, second] = hashPair(JSON.stringify(values))
    this.#move(1, first, second)
  }

  remove(values: readonly Value[]): void {
    const [first, second] = hashPair(JSON.stringify(values))
    this.#move(-1, -first, -second)
  }

  get result(): RowsDigest {
    return { rows: this.#rows, text: `${this.#first.toString(36)}.${this.#second.toString(36)}` }
  }

  #move(rows: number, first: number, second: number): void {
    this.#rows += rows
    this.#first = (this.#first + first) >>> 0
    this.#second = (this.#second + second) >>> 0
  }
}
