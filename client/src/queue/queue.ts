import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import type { Welcome } from '../../../src/protocol/down/welcome.ts'
import type { Edit } from '../../../src/protocol/edit.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import { MAX_EDITS_PER_PUSH } from '../../../src/protocol/limits.ts'
import { type Durable, NOTHING_KEPT, notPersisted } from './durable.ts'
import { type PendingEdit, pendingEdit } from './pending-edit.ts'
import { editBytes, MAX_PUSH_BYTES } from './push-size.ts'

/** Edits under way without a receipt: enough to fill a link, few enough for the server's memory of verdicts. */
export const MAX_IN_FLIGHT = 1_024

/** The server takes the edits from `from` on later. */
export type Refusal = { readonly from: number; readonly error: WireError }

/**
 * The own edits without an outcome, by n.
 *
 *   queued --take--> sent --accepted--> accepted --committed--> committed, and out
 *     ^               |                    |
 *     |               +--- rejected -------+--- reverted -----> failed, and out
 *     +- new session -+                    |
 *     +-------------- another log ---------+
 *
 *   acknowledged   every verdict up to here was handled, so the server may forget them
 *   next           no edit below it is queued
 *   last           the highest n that was given away
 *
 * - Numbers have no gaps, and what is sent again has the n and the payload it had; only a new client id numbers anew.
 * - A payload is kept until its edit is in Postgres or has failed, since another log may ask for it again.
 * - A verdict may come twice, or late; only the first changes anything.
 * - Where there is a disk, what is not on it is not sent, and what it still holds is not said to be over.
 * - At most `MAX_IN_FLIGHT` edits are without a receipt; behind one that is Postgres first none is sent.
 */
export class Queue {
  readonly #entries = new Map<number, PendingEdit>()
  readonly #changed: (entry: PendingEdit) => void
  #last = 0
  #acknowledged = 0
  /** Everything up to here is in Postgres, or was reverted. */
  #committed = 0
  /** No edit below this is `queued`. */
  #next = 1

  /** The disk's part of it, while there is one. */
  durable: Durable | undefined
  /** Why edits are not saved, while there is none. */
  whyUnsaved = notPersisted()
  /** The last n of a disk, until the server has said whether it is behind. */
  #restoredLast: number | undefined
  /** What was heard of edits before they were known to be on the disk. */
  readonly #early = new Map<number, () => void>()

  /** @param changed called after every change of an edit's progress or places */
  constructor(changed: (entry: PendingEdit) => void, durable?: Durable) {
    this.#changed = changed
    this.durable = durable
  }

  /** How many edits have no outcome. */
  get size(): number {
    return this.#entries.size
  }

  /** How many edits no server has answered yet. */
  get unanswered(): number {
    return [...this.#entries.values()].filter(({ progress }) => progress.is !== 'accepted').length
  }

  /** How many of those are on no disk either: they would go with the page. */
  get unsaved(): number {
    const saved = this.durable?.saved ?? 0
    return [...this.#entries.keys()].filter((n) => n > saved && this.#awaitsVerdict(n)).length
  }

  /** The edits without an outcome, in order. */
  get entries(): Iterable<PendingEdit> {
    return this.#entries.values()
  }

  /** The number the next edit gets. */
  get nextN(): number {
    return this.#last + 1
  }

  /** The highest n such that the receipts of all edits up to it were handled. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** The lowest n whose commit or revert is not known. */
  get unsettled(): number {
    const first = this.#entries.keys().next()
    return first.done ? this.nextN : first.value
  }

  /** How far things are, as a server may be told: it forgets what is said to be over. */
  get told(): { readonly acknowledged: number; readonly unsettled: number } {
    const { acknowledged, unsettled } = this.durable ?? this
    return {
      acknowledged: Math.min(acknowledged, this.#acknowledged),
      unsettled: Math.min(unsettled, this.unsettled),
    }
  }

  /** Takes an edit whose n is `nextN`. */
  add(edit: Edit): PendingEdit {
    if (edit.n !== this.nextN) throw new Error(`edit ${edit.n} is not next`)
    const entry = pendingEdit(edit)
    if (!this.durable || this.durable.failed) entry.outcome.save(this.whyUnsaved)
    this.#last = edit.n
    this.#entries.set(edit.n, entry)
    this.#changed(entry)
    return entry
  }

  /**
   * The edits of the next push frame, in order, now `sent`; none when there is nothing to send.
   *
   * @param isSayable whether the server has words for an edit; one that it has none for, and what follows it, waits
   */
  take(isSayable: (edit: Edit) => boolean = () => true): Edit[] {
    const edits: Edit[] = []
    let bytes = 0
    const last = Math.min(this.#last, this.durable?.saved ?? this.#last)
    const end = this.#stopAtProposal(Math.min(last, this.#acknowledged + MAX_IN_FLIGHT))
    for (; this.#next <= end && edits.length < MAX_EDITS_PER_PUSH; this.#next++) {
      const entry = this.#entries.get(this.#next)
      if (entry?.progress.is !== 'queued') continue
      if (!isSayable(entry.edit)) break
      bytes += editBytes(entry.edit)
      if (edits.length > 0 && bytes > MAX_PUSH_BYTES) break
      entry.progress = { is: 'sent' }
      edits.push(entry.edit)
    }
    return edits
  }

  /** A new session: whatever has no verdict is sent again. */
  welcome({ epoch, seq, known, reverts, committed }: Welcome, epochChanged: boolean): void {
    this.#passOver(known)
    for (const entry of this.#entries.values()) {
      const { progress, edit } = entry
      // In a new log an accepted edit has to be ordered anew, if it had not reached Postgres before.
      const again = progress.is === 'sent' || (epochChanged && progress.is === 'accepted')
      if (again) entry.progress = { is: 'queued' }
      // Its receipt was lost. Its exact place is not known, but rows at the head include it. The first
      // head that is known to be past it is the closest, so a later one does not replace it.
      if (
        edit.n <= known &&
        !this.#isOthers(edit.n) &&
        entry.progress.is === 'queued' &&
        !entry.places.has(epoch)
      ) {
        entry.places.set(epoch, seq)
      }
      this.#changed(entry)
    }
    this.#next = this.unsettled
    // What was acknowledged in another log is nothing this one may forget.
    if (epochChanged) this.#acknowledged = this.unsettled - 1
    // Reverts come first: the committed seq passes over edits that were undone.
    for (const { n, error } of reverts) if (!this.#isOthers(n)) this.#fail(n, error)
    this.#committed = 0
    this.commit(committed)
    this.#advance()
  }

  /**
   * Starts numbering anew under another client id. For a server that no longer knows edits whose
   * outcome this client was told: their payload is gone, so the gap they leave cannot be filled.
   */
  renumber(): void {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    this.#last = 0
    this.#acknowledged = 0
    this.#next = 1
    if (this.durable) this.durable = NOTHING_KEPT
    this.absorb(entries)
  }

  /** Takes what a disk held, before anything was sent of what is here, and, unless `isAlone`, what other pages send. */
  restore(
    { last, acknowledged }: Pick<Queue, 'acknowledged'> & { last: number },
    kept: readonly PendingEdit[],
    isAlone = true,
  ): void {
    const later = new Set(this.#entries.values())
    this.#entries.clear()
    for (const entry of kept) this.#entries.set(entry.edit.n, entry)
    for (const entry of kept) later.delete(entry)
    this.#last = last
    this.#restoredLast = isAlone ? last : undefined
    this.#acknowledged = acknowledged
    this.#next = this.unsettled
    this.durable = { saved: last, acknowledged, unsettled: this.unsettled }
    for (const entry of this.#entries.values()) this.#changed(entry)
    this.absorb(later)
  }

  /** Numbers edits that were never sent under this client id. */
  absorb(entries: Iterable<PendingEdit>): void {
    for (const entry of entries) {
      entry.edit = { ...entry.edit, n: this.nextN }
      entry.progress = { is: 'queued' }
      this.#last = entry.edit.n
      this.#entries.set(entry.edit.n, entry)
      this.#changed(entry)
    }
  }

  /** A server knows later edits of this client than its disk did, so their numbers are used up. */
  #passOver(known: number): void {
    const restored = this.#restoredLast
    this.#restoredLast = undefined
    if (restored === undefined || known <= restored) return
    const later = this.#takeAbove(restored)
    this.#last = known
    this.stored(known)
    this.absorb(later)
  }

  /**
   * Other pages have stored edits under the same client id, up to `last`. What is not stored here comes after them, once
   * `mark` has had it say what it had not seen of them.
   */
  adopt(last: number, stored: readonly PendingEdit[], mark: (own: readonly PendingEdit[]) => void): void {
    const saved = this.durable?.saved ?? this.#last
    const later = this.#takeAbove(saved)
    this.#last = Math.max(last, saved)
    for (const entry of stored) this.#entries.set(entry.edit.n, entry)
    mark(later)
    this.absorb(later)
    for (const entry of stored) this.#changed(entry)
    this.stored(last)
  }

  /** Edits up to here are on the disk. What was heard of them before counts from now on. */
  stored(saved: number): void {
    if (this.durable) this.durable = { ...this.durable, saved: Math.max(this.durable.saved, saved) }
    for (const [n, hear] of [...this.#early]) if (this.#early.delete(n)) hear()
  }

  /** This page sends no more for its client id. Other pages send what is stored under it, which is told an error. */
  part(error: WireError): void {
    const saved = this.durable?.saved ?? 0
    for (const n of [...this.#entries.keys()]) if (n <= saved) this.#fail(n, error)
    this.renumber()
  }

  #takeAbove(n: number): PendingEdit[] {
    const above = [...this.#entries.values()].filter(({ edit }) => edit.n > n)
    for (const { edit } of above) this.#entries.delete(edit.n)
    return above
  }

  /** Handles receipts. Returns the refusal that ended a push, if one did. */
  receive(verdicts: readonly Verdict[], epoch: string, head: number): Refusal | undefined {
    let refusal: Refusal | undefined
    for (const verdict of verdicts) {
      if (this.#isOthers(verdict.n)) this.#early.set(verdict.n, () => this.receive([verdict], epoch, head))
      else if (verdict.is === 'reverted') this.#fail(verdict.n, verdict.error)
      else if (verdict.is === 'accepted') this.#accept(verdict.n, verdict.seq, epoch, verdict.committed)
      else if (verdict.error.retryable) refusal ??= this.#refuse(verdict.n, verdict.error)
      // The verdict is forgotten, but it was given, so the edit is in the log by now.
      else if (verdict.error.code === 'already-settled') this.#accept(verdict.n, head, epoch)
      else this.#fail(verdict.n, verdict.error)
    }
    this.#advance()
    return refusal
  }

  /** Everything accepted up to `seq` is in Postgres. */
  commit(seq: number): void {
    this.#committed = Math.max(this.#committed, seq)
    for (const entry of this.#entries.values()) {
      if (entry.progress.is !== 'accepted') continue
      // Seqs rise with n, so nothing further on is committed either.
      if (entry.progress.seq > seq) return
      this.#settle(entry, entry.progress.seq)
    }
  }

  /** Ends all edits without an outcome. */
  close(error: WireError): void {
    for (const n of [...this.#entries.keys()]) this.#fail(n, error)
  }

  /** Is it another page's, or not known to be stored yet? What is not stored is not sent, so nothing is heard of it. */
  #isOthers(n: number): boolean {
    return this.durable !== undefined && n > this.durable.saved
  }

  #advance(): void {
    while (this.#acknowledged < this.#last && !this.#awaitsVerdict(this.#acknowledged + 1))
      this.#acknowledged++
  }

  /** Behind an edit that is Postgres first, later ones wait until it has a verdict. */
  #stopAtProposal(end: number): number {
    for (let n = this.#acknowledged + 1; n < end; n++) {
      if (this.#entries.get(n)?.edit.durability && this.#awaitsVerdict(n)) return n
    }
    return end
  }

  #awaitsVerdict(n: number): boolean {
    const progress = this.#entries.get(n)?.progress
    return progress?.is === 'queued' || progress?.is === 'sent'
  }

  #accept(n: number, seq: number, epoch: string, committed = false): void {
    const entry = this.#entries.get(n)
    if (!entry || !this.#awaitsVerdict(n)) return
    entry.progress = { is: 'accepted', seq }
    entry.places.set(epoch, seq)
    entry.outcome.accept(seq)
    // A receipt that was lost is often repeated after the commit it would have announced.
    if (committed || seq <= this.#committed) this.#settle(entry, seq)
    else this.#changed(entry)
  }

  #settle(entry: PendingEdit, seq: number): void {
    entry.progress = { is: 'committed', seq }
    entry.outcome.commit(seq)
    this.#entries.delete(entry.edit.n)
    this.#changed(entry)
  }

  #fail(n: number, error: WireError): void {
    const entry = this.#entries.get(n)
    if (!entry) return
    entry.progress = { is: 'failed', error }
    entry.outcome.fail(error)
    this.#entries.delete(n)
    this.#changed(entry)
  }

  /** Nothing of the rest of the push was taken, so all of it goes up again. */
  #refuse(n: number, error: WireError): Refusal {
    const from = error.code === 'gap' && typeof error.ref === 'number' ? Math.min(error.ref, n) : n
    for (const entry of this.#entries.values()) {
      if (entry.edit.n >= from && entry.progress.is === 'sent') entry.progress = { is: 'queued' }
    }
    this.#next = Math.min(this.#next, from)
    return { from, error }
  }
}
