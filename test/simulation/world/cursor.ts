import type { Rows } from '../../../src/platform/platform.ts'

/** The rows of a statement, each of which comes once. As on the platform it reads one ahead, and no further. */
export class Cursor<Row> implements Rows<Row> {
  readonly #rows: Iterator<Row>
  #ahead: IteratorResult<Row>

  constructor(rows: Iterator<Row>) {
    this.#rows = rows
    this.#ahead = rows.next()
  }

  next(): IteratorResult<Row> {
    const next = this.#ahead
    if (!next.done) this.#ahead = this.#rows.next()
    return next
  }

  /** Whoever stops reading may go on later. */
  [Symbol.iterator](): Iterator<Row> {
    return { next: () => this.next() }
  }

  toArray(): Row[] {
    return [...this]
  }

  one(): Row {
    const only = this.next()
    if (only.done) throw new Error('Expected exactly one result from SQL query, but got no results.')
    if (!this.#ahead.done)
      throw new Error('Expected exactly one result from SQL query, but got multiple results.')
    return only.value
  }
}
