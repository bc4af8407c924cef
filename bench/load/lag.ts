import pg from 'pg'

/** How often Postgres is asked how far it is, in ms. */
const ASK_EVERY_MS = 100

/** How Postgres kept up with a load. */
export type Kept = { readonly committedPerSecond: number; readonly maxLagMs: number }

/** How much of a tenant's log Postgres has. */
export async function readApplied(client: pg.Client, tenant: string): Promise<number> {
  const text = 'SELECT applied_seq::float8 AS applied FROM tidemark.ledger WHERE tenant_id = $1'
  const { rows } = await client.query<{ applied: number }>(text, [tenant])
  return rows[0]?.applied ?? 0
}

/** Watches how far Postgres is behind what everybody has seen already. */
export class Lag {
  readonly #client: pg.Client
  readonly #read: () => Promise<number>
  readonly #delivered: { readonly at: number; readonly writes: number }[] = []
  readonly #timer: NodeJS.Timeout
  #asking: Promise<void> | undefined
  #begun: { readonly at: number; readonly committed: number } | undefined
  #last = { at: 0, committed: 0 }
  #maxLagMs = 0

  private constructor(client: pg.Client, read: () => Promise<number>) {
    this.#client = client
    this.#read = read
    this.#timer = setInterval(() => {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined
      })
    }, ASK_EVERY_MS)
  }

  /** Of the product: its ledger says how far its log is in Postgres. */
  static async ofTenant(connectionString: string, tenant: string): Promise<Lag> {
    const client = new pg.Client({ connectionString })
    await client.connect()
    return new Lag(client, () => readApplied(client, tenant))
  }

  delivered(writes: number): void {
    this.#delivered.push({ at: performance.now(), writes })
  }

  /** From here on it counts. */
  begin(): void {
    this.#begun = this.#last
  }

  /** What was seen so far. */
  get kept(): Kept {
    const { at, committed } = this.#begun ?? { at: 0, committed: 0 }
    const seconds = (this.#last.at - at) / 1_000
    return {
      committedPerSecond: Math.round((this.#last.committed - committed) / seconds),
      maxLagMs: Math.round(this.#maxLagMs),
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#asking
    await this.#client.end()
  }

  async #ask(): Promise<void> {
    const committed = await this.#read()
    const at = performance.now()
    this.#last = { at, committed }
    // The first that Postgres does not have has been with everybody for so long.
    while ((this.#delivered[0]?.writes ?? Number.POSITIVE_INFINITY) <= committed) this.#delivered.shift()
    const [oldest] = this.#delivered
    if (oldest && this.#begun) this.#maxLagMs = Math.max(this.#maxLagMs, at - oldest.at)
  }
}
