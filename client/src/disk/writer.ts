import type { PersistenceState } from '../api/persistence.ts'
import type { PersistPort } from '../parts/persist.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import type { Owner } from '../queue/people.ts'
import { type Batch, DiskFault, type Kept, type Store } from './disk.ts'
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
}

/** The way of one person's edits and rows to their store: one batch after the other, each of one moment. */
export class Writer {
  readonly ledger: Ledger
  readonly #port: Port
  readonly #owner: Owner
  readonly #opened: Opened
  #isWriting = false
  #isOver = false

  constructor(port: Port, owner: Owner, opened: Opened, ledger: Ledger) {
    this.#port = port
    this.#owner = owner
    this.#opened = opened
    this.ledger = ledger
  }

  writeSoon(): void {
    if (this.#isWriting || this.#isOver) return
    this.#isWriting = true
    this.#port.environment.soon(() => void this.#write())
  }

  /** Writes these at last, and gives the store away. A fault is the application's to hear. */
  async finish(batches: readonly (Batch | undefined)[]): Promise<void> {
    this.#isOver = true
    try {
      for (const batch of batches) if (batch) await this.#opened.store.write(batch)
    } catch (thrown) {
      this.#port.guard(() => {
        throw thrown
      })
    } finally {
      this.close()
    }
  }

  close(): void {
    this.#isOver = true
    closeStore(this.#opened)
  }

  async #write(): Promise<void> {
    const { queue } = this.#owner
    while (!this.#isOver) {
      const edits = this.ledger.takeEdits()
      const { acknowledged, unsettled } = queue
      const batch = edits ?? this.ledger.takeRest()
      if (!batch) break
      const isStored = await this.#store(batch)
      if (!isStored || this.#isOver) continue
      if (edits) {
        // What has got another number meanwhile is written again under it.
        const numbered = edits.edits.add.map(({ edit }) => edit)
        this.#saved(edits.taken.filter(({ edit }) => numbered.includes(edit)))
      } else if (queue.durable) queue.durable = { ...queue.durable, acknowledged, unsettled }
    }
    this.#isWriting = false
  }

  #saved(entries: readonly PendingEdit[]): void {
    const { queue } = this.#owner
    const { durable } = queue
    const saved = Math.max(durable?.saved ?? 0, ...entries.map(({ edit }) => edit.n))
    if (durable) queue.durable = { ...durable, saved }
    for (const { outcome } of entries) outcome.save()
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
