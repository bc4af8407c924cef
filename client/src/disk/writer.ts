import type { PersistenceState } from '../api/persistence.ts'
import type { PersistPort } from '../parts/persist.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import type { Owner } from '../queue/people.ts'
import { adopt, endsOf, renumbered, sayUnseen } from './adopt.ts'
import { type Batch, DiskFault, type Kept, type KeptRefusal, type Store } from './disk.ts'
import type { Ledger } from './ledger.ts'

/** A store that was opened, what it was found with, and how to let another page have it. */
export type Opened = {
  readonly store: Store
  readonly kept: Kept | undefined
  readonly release: () => void
}

type Port = Pick<PersistPort, 'environment' | 'guard' | 'sendable' | 'changed'> & {
  /** The disk does less than before, or does it anew. */
  readonly degraded: (state: PersistenceState) => void
  /** The disk is of no use any more. */
  readonly failed: () => void
  /** Whether this page writes all that changes, and not only its edits. */
  readonly leads: () => boolean
  /** The disk has what other pages should know. */
  readonly stored: () => void
  /** The disk has another client id. */
  readonly renamed: () => void
  /** The place that this page's rows are of. */
  readonly head: () => number
  /** These are the refused edits that nobody has dealt with. */
  readonly refused: (refusals: readonly KeptRefusal[]) => void
}

/** The way of one person's edits and rows to their store: one batch after the other, each of one moment. */
export class Writer {
  readonly ledger: Ledger
  readonly #port: Port
  readonly #owner: Owner
  readonly #opened: Opened
  #writing: Promise<void> | undefined
  #isOver = false
  #isStopping = false
  /** Another page may have stored something. */
  #isStale = false

  constructor(port: Port, owner: Owner, opened: Opened, ledger: Ledger) {
    this.#port = port
    this.#owner = owner
    this.#opened = opened
    this.ledger = ledger
  }

  writeSoon(): void {
    if (this.#writing || this.#isOver) return
    this.#writing = new Promise((done) => {
      this.#port.environment.soon(() => void this.#write().finally(done))
    })
  }

  /** Learns what other pages have stored. Resolves once it has. */
  async look(): Promise<void> {
    this.#isStale = true
    this.writeSoon()
    await this.#writing
  }

  /** Writes nothing more; resolves when what was under way is stored. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#writing
    this.close()
  }

  /** Writes these at last, and gives the store away. A fault is the application's to hear. */
  async finish(batches: readonly (Batch | undefined)[]): Promise<void> {
    this.#isOver = true
    try {
      for (const batch of batches) if (batch) await this.#writeLast(batch)
    } catch (thrown) {
      this.#port.guard(() => {
        throw thrown
      })
    } finally {
      this.close()
    }
  }

  /** Where other pages have given away more numbers meanwhile, the edits follow theirs. */
  async #writeLast(batch: Batch): Promise<void> {
    const { store } = this.#opened
    try {
      await store.write(batch)
    } catch (thrown) {
      const kept =
        thrown instanceof DiskFault && thrown.kind === 'taken' ? await store.loadEdits() : undefined
      if (!kept) throw thrown
      await this.#writeLast(renumbered(batch, this.#owner.clientId, kept))
    }
  }

  close(): void {
    this.#isOver = true
    closeStore(this.#opened)
  }

  async #write(): Promise<void> {
    const { queue } = this.#owner
    while (!this.#isOver && !this.#isStopping) {
      if (this.#isStale) {
        this.#isStale = false
        await this.#look()
        continue
      }
      sayUnseen(this.#owner)
      const edits = this.ledger.takeEdits()
      const { acknowledged } = queue
      const leads = this.#port.leads()
      const batch = edits ?? (leads ? this.ledger.takeRest() : this.ledger.takeRefusals())
      const { unsettled } = this.ledger
      if (!batch) break
      const isStored = await this.#store(batch)
      if (!isStored && edits) this.ledger.untake(edits.taken)
      // Edits that were under way when somebody else came to use the page are on the disk as well.
      if (!isStored || (this.#isOver && !edits)) continue
      if (edits || batch.refused || batch.anew) this.#port.stored()
      if (edits) {
        // What has got another number meanwhile is written again under it.
        const numbered = edits.edits.add.map(({ edit }) => edit)
        this.#saved(edits.taken.filter(({ edit }) => numbered.includes(edit)))
      } else if (leads && queue.durable) queue.durable = { ...queue.durable, acknowledged, unsettled }
    }
    this.#writing = undefined
  }

  /** Takes in what other pages have stored: it goes up as this page's own does, and what was not seen of it is said. */
  async #look(): Promise<void> {
    const kept = await this.#opened.store.loadEdits().catch(() => undefined)
    // Emptied from outside, or out of reach, which the next batch finds out.
    if (!kept || this.#isOver) return
    const { clientId, queue } = this.#owner
    if (kept.client.clientId !== clientId) this.#port.renamed()
    else {
      const entries = adopt(this.#owner, kept)
      this.#port.refused(this.ledger.adopted(kept, entries))
      const { verdicts, committed } = endsOf(this.#owner, kept)
      queue.receive(verdicts, this.#owner.epoch ?? '', this.#port.head())
      queue.commit(committed)
      this.#port.sendable()
      this.#port.changed()
    }
  }

  #saved(entries: readonly PendingEdit[]): void {
    const { queue } = this.#owner
    for (const { outcome } of entries) outcome.save()
    queue.stored(Math.max(0, ...entries.map(({ edit }) => edit.n)))
    this.#port.sendable()
    this.#port.changed()
  }

  /** Returns false where the batch was not stored: then it is taken anew, or the disk is given up. */
  async #store(batch: Batch): Promise<boolean> {
    try {
      await this.#opened.store.write(batch)
      return true
    } catch (thrown) {
      if (this.#isOver) return false
      const kind = thrown instanceof DiskFault ? thrown.kind : 'unavailable'
      if (kind === 'gone') {
        this.ledger.reset()
        this.#port.degraded('lost')
        return false
      }
      if (kind === 'taken') {
        this.#isStale = true
        return false
      }
      if (kind === 'quota' && this.ledger.keepsRows) return this.#storeWithoutRows(batch)
      this.#port.failed()
      return false
    }
  }

  async #storeWithoutRows({ views: _, rows: __, ...edits }: Batch): Promise<boolean> {
    const { store } = this.#opened
    this.#port.degraded('edits-only')
    try {
      await store.write(this.ledger.giveRowsUp())
      await store.write(edits)
      return true
    } catch {
      if (!this.#isOver) this.#port.failed()
      return false
    }
  }
}

export function closeStore({ store, release }: Opened): void {
  store.close()
  release()
}
