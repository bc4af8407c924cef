import type { Cached, Database } from './database.ts'
import type { LogRows } from './log-rows.ts'
import type { Meta } from './meta.ts'

/**
 * The seq up to which Postgres has the log. It is stored with the next edits, before the next call, with the next
 * alarm, or when nobody is there any more, because a write of its own for each answer would be a quarter of what an
 * edit costs. An object that forgets it has forgotten the answer to one call: it asks again, and gets the same answer.
 */
export class CommittedSeq implements Cached {
  readonly #meta: Meta
  #seq: number
  #stored: number
  #seqBefore = 0
  #storedBefore = 0

  constructor(database: Database, meta: Meta, log: LogRows) {
    this.#meta = meta
    database.restores(this)
    this.#seq = this.#stored = Math.max(meta.get('committed'), log.committed)
  }

  /** Everything up to here is in Postgres, or was reverted. */
  get seq(): number {
    return this.#seq
  }

  get isStored(): boolean {
    return this.#stored === this.#seq
  }

  move(seq: number): void {
    this.#seq = seq
  }

  store(): void {
    if (this.isStored) return
    this.#meta.put('committed', this.#seq)
    this.#stored = this.#seq
  }

  /** A row of the log has just taken it along. */
  wentAlong(): void {
    this.#stored = this.#seq
  }

  begin(): void {
    this.#seqBefore = this.#seq
    this.#storedBefore = this.#stored
  }

  /** The storage may not have had it: it goes back to where it stood. */
  forget(): void {
    this.#seq = this.#seqBefore
    this.#stored = this.#storedBefore
  }

  /** Another log begins. */
  reset(): void {
    this.#seq = this.#stored = 0
  }
}
