import type { LogEntry } from '../../core/log/log.ts'
import { withRecords } from '../../core/query/about-records.ts'
import { type IntervalChanges, intervalChanges, type RowAt } from '../../core/query/changes.ts'
import type { Row } from '../../protocol/value.ts'
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
  /** The place that intervals are known up to. Another log may have one of the same number. */
  #epoch = ''
  #head = 0

  constructor(store: Store, maxRead = MAX_READ) {
    this.#store = store
    this.#maxRead = maxRead
  }

  /** Undefined where the log does not go back so far, or where there is too much to be read. */
  from(seq: number): IntervalChanges | undefined {
    const { epoch, head } = this.#store
    if (epoch !== this.#epoch || head !== this.#head) this.#known.clear()
    this.#epoch = epoch
    this.#head = head
    if (this.#known.has(seq)) return this.#known.get(seq)
    const { idsAbout, lastRow, living } = this.#store
    const ended = new EndedRecords(this.#store, seq)
    const { heldBefore } = ended
    const told = this.fold(seq, (entries, rowAt) =>
      withRecords(intervalChanges(entries, rowAt), { idsAbout, lastRow, heldBefore, living }),
    )
    const changes = ended.areKnown ? told : undefined
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

/** What records held at last that had ended before a place of the log. */
class EndedRecords {
  /** Whether the log told of all that was asked for. */
  areKnown = true
  readonly #store: Store
  readonly #seq: number

  constructor(store: Store, seq: number) {
    this.#store = store
    this.#seq = seq
  }

  /** Asked for where a record began anew about which something is kept: rarely. */
  readonly heldBefore = (collection: string, id: string): Row | undefined => {
    for (const { entries } of this.#store.turnsAbout(id, this.#store.floor)) {
      for (const { seq, changes } of entries) {
        if (seq > this.#seq) continue
        const found = changes.findLast((change) => change.collection === collection && change.id === id)
        if (found?.kind === 'delete') return found.before
      }
    }
    this.areKnown = false
    return undefined
  }
}
