import pg from 'pg'
import type { Told } from './task.ts'

/** Writes as many rows in one statement at the most. */
const BATCH = 500

/**
 * Makes the writes of a server that has no Postgres in Postgres, as a program would that does only that: one
 * statement at a time, for all rows that have come meanwhile. So a bare server shares the machine with the
 * same database work as the product.
 */
export class SideLoad {
  readonly #client: pg.Client
  readonly #tenant: string
  #waiting = new Map<string, string>()
  #running: Promise<void> | undefined
  /** Writes that came, those that were overwritten before they were made included. */
  #taken = 0
  #done = 0

  private constructor(client: pg.Client, tenant: string) {
    this.#client = client
    this.#tenant = tenant
  }

  static async start(connectionString: string, tenant: string): Promise<SideLoad> {
    const client = new pg.Client({ connectionString })
    await client.connect()
    return new SideLoad(client, tenant)
  }

  /** Writes that Postgres has. */
  get done(): number {
    return this.#done
  }

  take(writes: readonly Told[]): void {
    for (const [id, notes] of writes) this.#waiting.set(id, notes)
    this.#taken += writes.length
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  async stop(): Promise<void> {
    await this.#running
    await this.#client.end()
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, BATCH)
      for (const [id] of batch) this.#waiting.delete(id)
      const taken = this.#taken
      await this.#client.query(
        `UPDATE plain_invoices AS i SET notes = w.notes FROM unnest($2::text[], $3::text[]) AS w(id, notes)
           WHERE i.tenant_id = $1 AND i.id = w.id`,
        [this.#tenant, batch.map(([id]) => id), batch.map(([, notes]) => notes)],
      )
      if (this.#waiting.size === 0) this.#done = taken
    }
  }
}
