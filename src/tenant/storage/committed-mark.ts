import type { LogRows } from './log-rows.ts'
import type { Meta } from './meta.ts'

/**
 * How far Postgres has the log. It is stored with the next edits, before the next call, with the next alarm, or
 * when nobody is there any more, because a write of its own for each answer would be a quarter of what an edit
 * costs. An object that forgets it has forgotten the answer to one call: it asks again, and gets the same answer.
 */
export class CommittedMark {
  readonly #meta: Meta
  readonly #log: LogRows
  #seq = 0
  #stored = 0

  constructor(meta: Meta, log: LogRows) {
    this.#meta = meta
    this.#log = log
  }

  /** Everything up to here is in Postgres, or was reverted. */
  get seq(): number {
    return this.#seq
  }

  get isStored(): boolean {
    return this.#stored === this.#seq
  }

  read(): void {
    this.#seq = this.#stored = Math.max(Number(this.#meta.get('committed') ?? 0), this.#log.committed)
  }

  move(seq: number): void {
    this.#seq = seq
  }

  store(): void {
    if (this.isStored) return
    this.#meta.put('committed', String(this.#seq))
    this.#stored = this.#seq
  }

  /** A row of the log has just taken it along. */
  wentAlong(): void {
    this.#stored = this.#seq
  }

  /** Remembers where it stands; calling the answer goes back there. */
  save(): () => void {
    const [seq, stored] = [this.#seq, this.#stored]
    return () => {
      this.#seq = seq
      this.#stored = stored
    }
  }

  /** Another log begins. */
  reset(): void {
    this.#seq = this.#stored = 0
  }
}
