import type { LogEntry } from '../../core/log/log.ts'
import { type IntervalChanges, intervalChanges, type RowAt } from '../../core/query/changes.ts'
import type { Store } from '../storage/store.ts'

/**
 * Characters of log and of records that telling one interval may take: a tenth of a second's reading. A
 * snapshot costs less than more than that.
 */
const MAX_READ = 16 * 1024 * 1024

/** Intervals that are kept: after a deploy a crowd comes back from few places of the log. */
const KEPT = 4

/** The changes from a place of the log up to its head. Worked out once for all who come from the same place. */
export class ChangesSince {
  readonly #store: Store
  readonly #maxRead: number
  readonly #known = new Map<number, IntervalChanges | undefined>()
  #head = 0

  constructor(store: Store, maxRead = MAX_READ) {
    this.#store = store
    this.#maxRead = maxRead
  }

  /** Undefined where the log does not go back so far, or where there is too much to be read. */
  from(seq: number): IntervalChanges | undefined {
    const { head } = this.#store
    if (head !== this.#head) this.#known.clear()
    this.#head = head
    if (this.#known.has(seq)) return this.#known.get(seq)
    const changes = this.fold(seq, intervalChanges)
    const [oldest] = this.#known.keys()
    if (this.#known.size === KEPT && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(seq, changes)
    return changes
  }

  /**
   * Gives a function the entries since a place, the newest first, and the rows as they stand.
   *
   * @returns what it makes of them; undefined as for `from`
   */
  fold<Result>(seq: number, work: (entries: Iterable<LogEntry>, rowAt: RowAt) => Result): Result | undefined {
    const store = this.#store
    if (seq < store.floor || seq > store.head) return undefined
    let room = this.#maxRead
    function* affordable(): Generator<LogEntry> {
      for (const { entries, characters } of store.turnsBackTo(seq)) {
        room -= characters
        if (room < 0) return
        yield* entries
      }
    }
    const result = work(affordable(), (collection, id) => {
      const row = store.living(collection, id)
      if (row) room -= JSON.stringify(row).length
      return row
    })
    return room < 0 ? undefined : result
  }
}
