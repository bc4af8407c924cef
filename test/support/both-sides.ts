import type { Batch, OutsideChange } from '../../src/core/batch.ts'
import { planBatch } from '../../src/core/outbox.ts'
import { board } from './board.ts'
import { MemoryPostgres } from './memory-postgres.ts'
import { MemoryTenant } from './memory-tenant.ts'

const COLLECTIONS = ['cards', 'keepers', 'awards']

/** How a call ends: `lost` never arrives, `lost answer` takes effect without anybody hearing of it. */
export type Ending = 'answered' | 'lost answer' | 'lost'

/** The object and Postgres in memory, and the calls between them. */
export class BothSides {
  readonly tenant = new MemoryTenant(board)
  readonly postgres = new MemoryPostgres('epoch1')
  committed = 0
  #cursor = 0

  /**
   * Sends a batch.
   *
   * @param refuse which of the edits that Postgres has work with it refuses, counted from 0
   */
  send(size: number, ending: Ending = 'answered', refuse?: number): void {
    const entries = this.tenant.log.slice(this.committed).slice(0, size)
    if (entries.length === 0 || ending === 'lost') return
    const corrections = this.tenant.corrections(this.committed)
    const batch = planBatch({ epoch: 'epoch1', after: this.committed, entries, corrections }, COLLECTIONS)
    const isNew = batch.after === this.postgres.applied
    const answer = this.postgres.apply(batch, this.#cursor, isNew ? pick(batch, refuse) : undefined)
    if (ending === 'lost answer') return
    for (const seq of answer.refusals) if (seq > this.committed) this.tenant.revert(seq)
    this.committed = answer.applied
    this.#take(answer.changes)
  }

  read(): void {
    this.#take(this.postgres.changes.slice(this.#cursor))
  }

  drain(): void {
    this.read()
    while (this.committed < this.tenant.head) this.send(100)
  }

  #take(changes: readonly OutsideChange[]): void {
    this.tenant.takeOutside(changes, this.committed)
    this.#cursor += changes.length
  }
}

function pick({ edits }: Batch, place: number | undefined): number | undefined {
  const working = edits.filter(({ changes }) => changes.length > 0)
  return place === undefined ? undefined : working[place % working.length]?.seq
}
