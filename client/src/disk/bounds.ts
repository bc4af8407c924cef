import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import { editBytes } from '../queue/push-size.ts'

/** Edits without an outcome that are taken: weeks of a person's work without a network. */
export const MAX_QUEUED_EDITS = 10_000

/** Bytes of them: what any browser gives an origin. */
export const MAX_QUEUED_BYTES = 16 * 1024 * 1024

export type BoundsOptions = {
  readonly maxEdits?: number | undefined
  readonly maxBytes?: number | undefined
}

/** The bounds of what may wait. What is too much is said before anything of it is shown. */
export class Bounds {
  readonly #maxEdits: number
  readonly #maxBytes: number
  readonly #sizes = new Map<PendingEdit, number>()
  #bytes = 0

  constructor({ maxEdits = MAX_QUEUED_EDITS, maxBytes = MAX_QUEUED_BYTES }: BoundsOptions) {
    this.#maxEdits = maxEdits
    this.#maxBytes = maxBytes
  }

  editChanged(entry: PendingEdit): void {
    const { is } = entry.progress
    const before = this.#sizes.get(entry)
    if (is === 'committed' || is === 'failed') {
      this.#sizes.delete(entry)
      this.#bytes -= before ?? 0
    } else if (before === undefined) {
      const bytes = editBytes(entry.edit)
      this.#sizes.set(entry, bytes)
      this.#bytes += bytes
    }
  }

  /** Why there is no room for an edit of so many bytes, if there is none. */
  whyFull(waiting: number, bytes: number): WireError | undefined {
    if (waiting < this.#maxEdits && this.#bytes + bytes <= this.#maxBytes) return undefined
    const message = `${waiting} edits wait to be sent, and there is no room for more before some are.`
    return wireError('queue-full', message)
  }
}
