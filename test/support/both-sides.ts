import type { ExternalEvent } from '../../src/core/external/events.ts'
import { rowsOf } from '../../src/core/external/take-external.ts'
import { untracedChanges } from '../../src/core/external/untraced-changes.ts'
import type { Batch } from '../../src/core/outbox/batch.ts'
import { correctionsOf, planBatch } from '../../src/core/outbox/outbox.ts'
import { recordKey } from '../../src/core/records/record.ts'
import { board } from '../fixtures/board.ts'
import { apart, fitting } from '../simulation/postgres-model/fitting.ts'
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
    if ((batch.entries.length === 0 && !question) || ending === 'lost') return
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
    if (entries.length === 0) return { epoch: 'epoch1', after, upTo: after, entries: [], net: [] }
    return planBatch(
      { epoch: 'epoch1', after, entries, corrections: correctionsOf(this.tenant.corrections(after)) },
      COLLECTIONS,
    )
  }

  read(): void {
    this.#take(this.postgres.look(this.#cursor).changes)
  }

  drain(): void {
    this.read()
    do {
      while (this.committed < this.tenant.head || this.tenant.waiting > 0) this.send(100)
    } while (this.#readAgain())
  }

  #take(told: readonly ExternalEvent[]): void {
    const changes = told.map((event) => (event.kind === 'proposal' ? event : fitting(board, event)))
    this.tenant.takeExternal(changes, this.committed)
    for (const change of changes.flatMap(rowsOf)) {
      const key = recordKey(change.collection, change.id)
      if (change.kind === 'aside') this.tenant.asides.set(key, change)
      else if (change.kind !== 'update') this.tenant.asides.delete(key)
    }
    this.#cursor += told.length
  }

  /** Reads the records that are set aside again. Returns whether any is not any more. */
  #readAgain(): boolean {
    const before = this.tenant.asides.size
    for (const collection of board.manifest.collections) {
      const { name } = collection
      const known = [...this.postgres.table(name)].filter(([id]) => this.tenant.aside(name, id))
      const range = apart(
        board,
        name,
        known.map(([, row]) => row),
      )
      const place = { epoch: this.tenant.epoch, applied: this.committed }
      const aside = (id: string) => this.tenant.aside(name, id)
      const { changes } = untracedChanges(collection, [], { ...place, ...range }, new Set(), aside)
      this.tenant.takeExternal(changes, this.committed)
      for (const { id } of changes) this.tenant.asides.delete(recordKey(name, id))
    }
    for (const key of this.tenant.asides.keys()) {
      const [collection = '', id = ''] = key.split('\0')
      if (!this.postgres.table(collection).has(id)) this.tenant.asides.delete(key)
    }
    return this.tenant.asides.size < before
  }
}

function pick({ entries: edits }: Batch, place: number | undefined): number | undefined {
  const working = edits.filter(({ changes }) => changes.length > 0)
  return place === undefined ? undefined : working[place % working.length]?.seq
}
