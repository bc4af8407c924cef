import type { ShownRow } from './shown-row.ts'
import { shownIn, type View } from './view.ts'

/** A record as a query showed it, and as it shows it now. */
export type ShownChange = readonly [before: ShownRow | undefined, after: ShownRow | undefined]

/** A change of what a query shows: some of its records changed, or all of it is another. */
export type ViewChange = readonly ShownChange[] | 'anew'

/** Notes what changes in views, from one look at them to the next. */
export class ViewChanges {
  readonly #before = new Map<View, Map<string, ShownRow | undefined>>()
  /** Views of which all is another. */
  readonly #anew = new Set<View>()
  /** Hears which rows may be others from now on, also those that a later change takes back. */
  noted: ((view: View, id: string) => void) | undefined

  /** The record may look different in the view from now on. */
  touch(view: View, id: string): void {
    this.noted?.(view, id)
    const before = this.#before.get(view) ?? new Map<string, ShownRow | undefined>()
    this.#before.set(view, before)
    if (!before.has(id)) before.set(id, shownIn(view, id))
  }

  anew(view: View): void {
    this.#anew.add(view)
  }

  get begunAnew(): Iterable<View> {
    return this.#anew
  }

  /** The records that were touched, each with the view in which it was. */
  *touched(): Generator<readonly [view: View, id: string]> {
    for (const [view, before] of this.#before) for (const id of before.keys()) yield [view, id]
  }

  /** What changed since it was asked last, by the query's key. */
  take(): Map<string, ViewChange> {
    const changes = new Map<string, ViewChange>()
    for (const [view, before] of this.#before) {
      const changed: ShownChange[] = []
      for (const [id, row] of before) {
        const now = shownIn(view, id)
        if (now !== row) changed.push([row, now])
      }
      if (changed.length > 0) changes.set(view.key, changed)
    }
    for (const { key } of this.#anew) changes.set(key, 'anew')
    this.#before.clear()
    this.#anew.clear()
    return changes
  }
}
