import { setTimeout as pause } from 'node:timers/promises'
import { type NeonQueryFunction, neon, neonConfig } from '@neondatabase/serverless'
import type { Database } from './database.ts'
import type { Told } from './task.ts'

/** Statements begin so many ms apart while few writes wait, as the product's do. */
const CALLS_APART_MS = 50

/** Rows of one statement at the most. */
const BATCH = 500

/**
 * Makes the writes of a server that has no Postgres in Postgres, over the same HTTP protocol as the product, as
 * a program would that does only that: one statement at a time, for all that has come meanwhile. So a bare
 * server shares the machine with the same database work.
 */
export class SideLoad {
  readonly #sql: NeonQueryFunction<false, false>
  readonly #tenant: string
  #waiting: Told[] = []
  #running: Promise<void> | undefined
  #calledAt = 0

  constructor({ connectionString, endpoint }: Database, tenant: string) {
    neonConfig.fetchEndpoint = endpoint
    this.#sql = neon(connectionString)
    this.#tenant = tenant
  }

  take(writes: readonly Told[]): void {
    for (const write of writes) this.#waiting.push(write)
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Makes what has come, and nothing after it. */
  async stop(): Promise<void> {
    this.#waiting = []
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const wait = this.#calledAt + CALLS_APART_MS - performance.now()
      if (wait > 0 && this.#waiting.length < BATCH) await pause(wait)
      this.#calledAt = performance.now()
      // Of a row that was written again meanwhile the last value is enough.
      const rows = new Map(this.#waiting.splice(0, BATCH))
      await writeRows(this.#sql, this.#tenant, rows)
    }
  }
}

/** Sets the references of many invoices that know nothing of the engine. */
export async function writeRows(
  sql: NeonQueryFunction<false, false>,
  tenant: string,
  rows: ReadonlyMap<string, string>,
): Promise<void> {
  await sql.query(
    `UPDATE plain_invoices AS i SET reference = w.reference FROM unnest($2::text[], $3::text[]) AS w(id, reference)
       WHERE i.tenant_id = $1 AND i.id = w.id`,
    [tenant, [...rows.keys()], [...rows.values()]],
  )
}
