import type { Verdict } from '../../../src/protocol/down/receipt.ts'

/** Own edits that are followed at a time. Those beyond are not measured. */
const MAX_FOLLOWED = 2_048

type Followed = { readonly sentAt: number; seq: number | undefined }

/** The own edits on their way: when each was sent first, and where it was ordered. */
export class OwnEdits {
  readonly #followed = new Map<number, Followed>()
  readonly #places = new Set<number>()

  sent(n: number, now: number): void {
    if (!this.#followed.has(n) && this.#followed.size < MAX_FOLLOWED)
      this.#followed.set(n, { sentAt: now, seq: undefined })
  }

  /** When an edit was sent first, if this is its first verdict. One that is refused is followed no more. */
  answered(verdict: Verdict): number | undefined {
    const edit = this.#followed.get(verdict.n)
    if (verdict.is !== 'accepted') {
      // One that is to be tried again is sent again, and what it took counts from its first sending.
      if (verdict.is === 'reverted' || !verdict.error.retryable) this.#followed.delete(verdict.n)
      return undefined
    }
    this.#places.add(verdict.seq)
    if (!edit || edit.seq !== undefined) return undefined
    edit.seq = verdict.seq
    return edit.sentAt
  }

  /** When the edits were sent first that are known to be in Postgres from now on. */
  committed(upTo: number): number[] {
    const done = [...this.#followed].filter(([, { seq }]) => seq !== undefined && seq <= upTo)
    for (const [n] of done) this.#followed.delete(n)
    return done.map(([, { sentAt }]) => sentAt)
  }

  /** Are all places of an interval of the log those of own edits? They are asked for once. */
  areAll(from: number, to: number): boolean {
    let own = 0
    for (const seq of this.#places) {
      if (seq > to) continue
      if (seq > from) own++
      this.#places.delete(seq)
    }
    return own === to - from
  }

  /** Another log has other places. */
  forget(): void {
    this.#followed.clear()
    this.#places.clear()
  }
}
