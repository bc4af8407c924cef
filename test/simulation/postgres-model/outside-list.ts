import type { ExternalChanges, ExternalEvent } from '../../../src/core/external/events.ts'
import { rowsOf } from '../../../src/core/external/take-external.ts'
import type { Change } from '../../../src/core/log/log.ts'
import { recordKey } from '../../../src/core/records/record.ts'
import { aheadOf, clusterOf, lengthOf, NOTHING, ofRows, unread } from '../judge/cursor.ts'

/** Of the rows that a batch waits for no more than this many changes are told before their turn. */
const MAX_AHEAD = 20

/** The cursor does not fit the changes that are kept. */
export class ExpiredCursor extends Error {}

/**
 * The list of what others changed in one tenant, of which a cursor is a length, with a mark that is left where it
 * was read, and the places beyond it that were read before their turn.
 */
export class ExternalList {
  #changes: ExternalEvent[] = []
  #readings = new Set<string>()
  /** Not put back: no mark is left twice. */
  #marksLeft = 0
  /** Not put back either: each cluster that it came to is another one. */
  #cluster = 0
  readonly #pageSize: number

  /** @param pageSize changes that are told of at one moment */
  constructor(pageSize: number) {
    this.#pageSize = pageSize
  }

  get changes(): readonly ExternalEvent[] {
    return this.#changes
  }

  push(...events: readonly ExternalEvent[]): void {
    this.#changes.push(...events)
  }

  /** Remembers the present state, which the result brings back. */
  backUp(): () => void {
    const [changes, readings] = [[...this.#changes], [...this.#readings]]
    return () => {
      this.#changes = changes
      this.#readings = new Set(readings)
    }
  }

  clear(): void {
    this.#changes = []
    this.#readings.clear()
  }

  /** Has it come to another cluster? */
  get isMoved(): boolean {
    return this.#cluster > 0
  }

  /** Everything is copied to another cluster, whose numbers are others: no cursor from before fits. */
  moveElsewhere(): void {
    this.#cluster++
  }

  /** The cursor of whoever begins now. */
  get end(): string {
    return `${this.#cluster}@${this.#changes.length}`
  }

  /** The state of a page that is read now, after that of the page before it. */
  stateAfter(reached: string): string {
    return this.has(reached) ? this.#cursorAt(this.#changes.length) : reached
  }

  check(cursor: string): void {
    if (!this.has(cursor)) throw new ExpiredCursor('the cursor has read what this database does not have')
  }

  /** Is here what a cursor has read? */
  has(cursor: string): boolean {
    const [, mark] = cursor.split('|')
    if (cursor !== NOTHING && clusterOf(cursor) !== this.#cluster) return false
    return lengthOf(cursor) <= this.#changes.length && (mark === undefined || this.#readings.has(mark))
  }

  /** Whether whoever has a cursor has read everything. */
  isRead(cursor: string): boolean {
    const isOurs = clusterOf(cursor) === this.#cluster && lengthOf(cursor) <= this.#changes.length
    return isOurs && unread(this.#changes, cursor).length === 0
  }

  /** Is there something unread of the rows of these changes? */
  isBehind(changes: readonly Change[], cursor: string): boolean {
    const rows = unread(this.#changes, cursor).flatMap(({ change }) => rowsOf(change))
    const unseen = new Set(rows.map(({ collection, id }) => recordKey(collection, id)))
    return changes.some(({ collection, id }) => unseen.has(recordKey(collection, id)))
  }

  read(cursor: string): ExternalChanges {
    const waiting = unread(this.#changes, cursor)
    const page = waiting.slice(0, this.#pageSize)
    const more = waiting.length > page.length
    const upTo = more ? (page.at(-1)?.place ?? 0) + 1 : this.#changes.length
    return {
      changes: structuredClone(page.map(({ change }) => change).filter(isTold)),
      cursor: page.length === 0 ? cursor : this.#cursorAt(upTo, aheadOf(cursor)),
      more,
    }
  }

  /** A page, and what else is unread of these rows, unless a proposal has changed them. */
  readAhead(cursor: string, rows: readonly Change[]): ExternalChanges {
    const read = this.read(cursor)
    if (!read.more) return read
    const ahead = ofRows(unread(this.#changes, read.cursor), rows).slice(0, MAX_AHEAD)
    if (ahead.length === 0) return read
    const places = [...aheadOf(read.cursor), ...ahead.map(({ place }) => place)]
    return {
      ...read,
      changes: [...read.changes, ...structuredClone(ahead.map(({ change }) => change).filter(isTold))],
      cursor: this.#cursorAt(lengthOf(read.cursor), places),
    }
  }

  /** A cursor that has read so many changes, and some beyond them, and leaves its mark. */
  #cursorAt(length: number, ahead: readonly number[] = []): string {
    const mark = String(++this.#marksLeft)
    this.#readings.add(mark)
    const still = ahead.filter((place) => place >= length)
    return [`${this.#cluster}@${length}`, mark, ...(still.length > 0 ? [still.join()] : [])].join('|')
  }
}

/** What a transaction undid itself is told to nobody. */
const isTold = (event: ExternalEvent) => event.kind !== 'update' || Object.keys(event.after).length > 0
