import type { Batch, OutsideEvent } from '../../src/core/batch.ts'
import { correctionsOf, planBatch } from '../../src/core/outbox.ts'
import { board } from './board.ts'
import { MemoryPostgres } from './memory-postgres.ts'
import { MemoryTenant } from './memory-tenant.ts'

const COLLECTIONS = ['cards', 'keepers', 'awards']

/** The client whose edits are Postgres first. */
export const PROPOSER = 'client-c3'

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
   * @param refuse which of the edits that Postgres has work with it refuses, counted from 0; where it has work
   *   with none, the proposal
   */
  send(size: number, ending: Ending = 'answered', refuse?: number): void {
    const batch = this.#plan(size)
    const question = batch.upTo === this.tenant.head ? this.tenant.question(PROPOSER) : undefined
    if ((batch.edits.length === 0 && !question) || ending === 'lost') return
    const refused = batch.after === this.postgres.applied ? pick(batch, refuse) : undefined
    const answer = question
      ? this.postgres.propose(batch, question, this.#cursor, refused ?? (refuse !== undefined && 'it'))
      : this.postgres.apply(batch, this.#cursor, refused)
    if (ending === 'lost answer') return
    for (const seq of answer.refusals) if (seq > this.committed) this.tenant.revert(seq)
    this.committed = answer.applied
    this.#take(answer.changes)
    if (question && answer.verdict) this.tenant.takeVerdict(question, answer.verdict)
  }

  #plan(size: number): Batch {
    const { committed: after } = this
    const entries = this.tenant.log.slice(after).slice(0, size)
    if (entries.length === 0) return { epoch: 'epoch1', after, upTo: after, edits: [], net: [] }
    return planBatch(
      { epoch: 'epoch1', after, entries, corrections: correctionsOf(this.tenant.corrections(after)) },
      COLLECTIONS,
    )
  }

  read(): void {
    this.#take(this.postgres.changes.slice(this.#cursor))
  }

  drain(): void {
    this.read()
    while (this.committed < this.tenant.head || this.tenant.waiting > 0) this.send(100)
  }

  #take(changes: readonly OutsideEvent[]): void {
    this.tenant.takeOutside(changes, this.committed)
    this.#cursor += changes.length
  }
}

function pick({ edits }: Batch, place: number | undefined): number | undefined {
  const working = edits.filter(({ changes }) => changes.length > 0)
  return place === undefined ? undefined : working[place % working.length]?.seq
}
