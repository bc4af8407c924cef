import type { Filter } from '../../protocol/query.ts'
import type { Row, Value } from '../../protocol/value.ts'

/** What a filter asks of one column: to be one of some values. */
type Pinned = { readonly column: string; readonly values: readonly Value[] }

/** Values by which a view is found; one with more of them is asked itself, which takes less memory. */
const MAX_PINNED = 256

/**
 * Finds the views that a row may concern without asking each of them. A filter that pins a column to
 * some values is found by the row's value; only the others are always candidates.
 */
export class ViewIndex<Item extends { readonly filter: Filter }> {
  readonly #pinned = new Map<string, Map<Value, Set<Item>>>()
  readonly #others = new Set<Item>()

  add(item: Item): void {
    for (const set of this.#places(item)) set.add(item)
  }

  delete(item: Item): void {
    for (const set of this.#places(item)) set.delete(item)
    const pinned = pinnedBy(item.filter)
    const byValue = pinned && this.#pinned.get(pinned.column)
    for (const value of pinned?.values ?? []) {
      if (byValue?.get(value)?.size === 0) byValue.delete(value)
    }
    if (pinned && byValue?.size === 0) this.#pinned.delete(pinned.column)
  }

  /** Adds to `found` what the row may concern. */
  collect(row: Row, found: Set<Item>): void {
    for (const item of this.#others) found.add(item)
    for (const [column, byValue] of this.#pinned) {
      for (const item of byValue.get(row[column] ?? null) ?? []) found.add(item)
    }
  }

  #places({ filter }: Item): Set<Item>[] {
    const pinned = pinnedBy(filter)
    if (!pinned) return [this.#others]
    const byValue = this.#pinned.get(pinned.column) ?? new Map<Value, Set<Item>>()
    this.#pinned.set(pinned.column, byValue)
    return pinned.values.map((value) => {
      const set = byValue.get(value) ?? new Set<Item>()
      byValue.set(value, set)
      return set
    })
  }
}

/** The narrowest condition that every row of a filter meets by one column's value. */
function pinnedBy(filter: Filter): Pinned | undefined {
  switch (filter[0]) {
    case '=':
      return { column: filter[1], values: [filter[2]] }
    case 'in':
      return filter[2].length > MAX_PINNED
        ? undefined
        : { column: filter[1], values: [...new Set(filter[2])] }
    case 'and':
      return filter[1]
        .flatMap((part) => pinnedBy(part) ?? [])
        .reduce<Pinned | undefined>(
          // What was asked last is the caller's own condition, which tells more than a rule for all.
          (best, next) => (best && best.values.length < next.values.length ? best : next),
          undefined,
        )
    default:
      return undefined
  }
}
