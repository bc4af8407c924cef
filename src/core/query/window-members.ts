import type { Row } from '../../protocol/value.ts'
import { compareRows } from './compare-rows.ts'
import type { Moved } from './delta.ts'
import type { View } from './view.ts'

/** Rows beyond a window that are read ahead, so that not each row that leaves makes it read again. */
const READ_AHEAD = 64

/** The rows behind a window, as they are at the end of an interval. */
export type BehindWindow = {
  /** Those that meet its filter and come after a place in its order, or all, in it; read as far as is asked for. */
  readonly after: (place: Row | undefined) => Iterable<Row>
  /** A row by its id. */
  readonly row: (id: string) => Row | undefined
}

/**
 * The members of a window, and some of what comes after them, in its order. Kept up with what changes, so that a
 * change costs as much as it moves, however many rows there are. Of each row only what it is sorted by is kept.
 */
export class WindowMembers {
  readonly #limit: number
  readonly #view: View
  readonly #compare: (a: Row, b: Row) => number
  readonly #members: Row[]
  /** Nothing comes after the last of them. */
  #isAll: boolean

  /**
   * @param rows the first ones of the window, in its order; all of them where they are fewer than its limit
   * @param isAll whether there are no more than these
   */
  constructor(view: View, limit: number, rows: readonly Row[], isAll: boolean) {
    this.#view = view
    this.#limit = limit
    this.#compare = compareRows(view.orderBy)
    this.#members = rows.map((row) => placeIn(view, row))
    this.#isAll = isAll
  }

  get size(): number {
    return this.#members.length
  }

  /**
   * Moves with what changed, and tells what moved in the window: also what a row that came pushed out of it, and what
   * one that left let in.
   *
   * @param concerned the rows that changed, each as far as it meets the filter before and after
   */
  move(concerned: readonly Moved[], behind: BehindWindow): Moved[] {
    const was = this.#members.slice(0, this.#limit)
    const inside = new Set(
      concerned.flatMap(({ id, before }) => (before && this.#isInside(before) ? id : [])),
    )
    for (const { before } of concerned) if (before) this.#remove(before)
    for (const { after } of concerned) if (after) this.#insert(after)
    this.#fill(behind)
    const moves = concerned.flatMap(({ id, before, after }): Moved[] => {
      const now = after && this.#isInside(after) ? after : undefined
      const earlier = inside.has(id) ? before : undefined
      return now || earlier ? [{ id, before: earlier, after: now }] : []
    })
    const touched = new Set(concerned.map(({ id }) => id))
    // No other row has moved by more places than rows have changed.
    const near = Math.max(0, this.#limit - concerned.length)
    const far = Math.max(0, near - concerned.length)
    const is = this.#members.slice(0, this.#limit)
    for (const id of notIn(was.slice(near), is.slice(far)))
      if (!touched.has(id)) moves.push({ id, before: behind.row(id), after: undefined })
    for (const id of notIn(is.slice(near), was.slice(far)))
      if (!touched.has(id)) moves.push({ id, before: undefined, after: behind.row(id) })
    return moves
  }

  #isInside(row: Row): boolean {
    return this.#indexOf(row) < this.#limit
  }

  #remove(row: Row): void {
    const index = this.#indexOf(row)
    if (index !== Number.POSITIVE_INFINITY) this.#members.splice(index, 1)
  }

  /** Puts a row in its place, if that is not beyond what is kept. */
  #insert(row: Row): void {
    const index = this.#placeFor(row)
    if (index === this.#members.length && !this.#isAll) return
    this.#members.splice(index, 0, placeIn(this.#view, row))
  }

  /** Reads on where there are fewer than belong in the window, and forgets what is far beyond it. */
  #fill(behind: BehindWindow): void {
    const wanted = this.#limit + READ_AHEAD
    if (this.#members.length > 2 * wanted) {
      this.#members.length = wanted
      this.#isAll = false
    }
    if (this.#isAll || this.#members.length >= this.#limit) return
    this.#isAll = true
    for (const row of behind.after(this.#members.at(-1))) {
      if (this.#members.length === wanted) {
        this.#isAll = false
        break
      }
      this.#members.push(placeIn(this.#view, row))
    }
  }

  #indexOf(row: Row): number {
    const index = this.#placeFor(row)
    return this.#members[index]?.['id'] === row['id'] ? index : Number.POSITIVE_INFINITY
  }

  /** Where a row is, or belongs. */
  #placeFor(row: Row): number {
    let [low, high] = [0, this.#members.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const member = this.#members[middle]
      if (member && this.#compare(member, row) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The part of a row that it is sorted by in a view. */
export function placeIn({ orderBy }: Pick<View, 'orderBy'>, row: Row): Row {
  const place: Record<string, Row[string]> = { id: row['id'] ?? null }
  for (const [name] of orderBy) place[name] = row[name] ?? null
  return place
}

function notIn(these: readonly Row[], those: readonly Row[]): string[] {
  const ids = new Set(those.map((row) => row['id']))
  return these.flatMap(({ id }) => (ids.has(id) ? [] : String(id)))
}
