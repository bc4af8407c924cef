import type { MemoryTenant } from '../../client/src/testing/memory-tenant.ts'
import type { Verdict } from '../../src/protocol/down/receipt.ts'
import type { Context, DeleteOp, Edit, Op, UpdateOp } from '../../src/protocol/edit.ts'
import type { Row } from '../../src/protocol/value.ts'

export { MemoryTenant, takenProposal } from '../../client/src/testing/memory-tenant.ts'

/** A client that numbers its edits and remembers up to where it has seen the log. */
export class Author {
  readonly client: string
  readonly #tenant: MemoryTenant
  #n = 0
  #seen = 0

  constructor(tenant: MemoryTenant, client: string) {
    this.#tenant = tenant
    this.client = client
  }

  /** Catches up with the log: later edits are made in sight of everything before. */
  look(): void {
    this.#seen = this.#tenant.head
  }

  /** An edit of these operations with the next number, in sight of what the author has seen. */
  edit(...ops: Op[]): Edit {
    this.#n += 1
    const context: Context = { epoch: this.#tenant.epoch, seq: this.#seen }
    return { n: this.#n, context, ops }
  }

  /** Makes an edit that is Postgres first, and sends it. Its verdict comes later, unless it is refused at once. */
  propose(...ops: Op[]): Verdict | undefined {
    return this.#tenant.push(this.client, [{ ...this.edit(...ops), durability: 'committed' }])[0]
  }

  /** Makes an edit and sends it. */
  send(...ops: Op[]): Verdict {
    const [verdict] = this.#tenant.push(this.client, [this.edit(...ops)])
    if (!verdict) throw new Error('a push of one edit has one verdict')
    return verdict
  }
}

export const insert = (collection: string, id: string, values: Row): Op => ({
  op: 'insert',
  collection,
  id,
  values,
})

export const set = (collection: string, id: string, values: Row): UpdateOp => ({
  op: 'update',
  collection,
  id,
  fields: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { set: value }])),
})

export const addTo = (collection: string, id: string, name: string, by: number): Op => ({
  op: 'update',
  collection,
  id,
  fields: { [name]: { add: by } },
})

export const remove = (collection: string, id: string): DeleteOp => ({ op: 'delete', collection, id })

/** The code a verdict carries, or what it is. */
export function outcome(verdict: Verdict | undefined): string {
  if (!verdict) return 'nothing'
  return verdict.is === 'rejected' ? verdict.error.code : verdict.is
}
