import { ABOUT_RECORDS } from '../../core/app/built-in.ts'

/** The log there is: its name, and the seq of its last entry. */
type Log = { readonly epoch: string; readonly head: number }

/** The places in the log at which collections changed last. A place of an earlier log says nothing of this one. */
export class ChangedAt {
  readonly #log: Log
  readonly #places = new Map<string, number>()
  #epoch: string | undefined
  /** The head when the object woke in this log, or began it: what changed before is not known exactly. */
  #since = 0

  constructor(log: Log) {
    this.#log = log
    this.#begin()
  }

  /** These collections have changed, up to the head. */
  note(collections: Iterable<string>): void {
    this.#begin()
    for (const collection of collections) this.#places.set(collection, this.#log.head)
  }

  /** The seq of a collection's last change, or a later one. */
  of(collection: string): number {
    this.#begin()
    // What is about records comes and goes with them.
    if (ABOUT_RECORDS.includes(collection)) return Math.max(this.#since, ...this.#places.values())
    return this.#places.get(collection) ?? this.#since
  }

  #begin(): void {
    const { epoch, head } = this.#log
    if (epoch === this.#epoch) return
    this.#epoch = epoch
    this.#since = head
    this.#places.clear()
  }
}
