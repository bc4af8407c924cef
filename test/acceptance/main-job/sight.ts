import type { Client } from '../../../client/src/index.ts'
import type { App } from '../../../examples/invoices/sync.ts'

export type Db = Client<App>
export type InvoiceRow = NonNullable<ReturnType<Db['invoices']['get']>>

/** Milliseconds after which something that a client should have seen counts as lost. */
const DEADLINE_MS = 600_000

type Waiter = {
  readonly isMet: () => boolean
  readonly meet: () => void
  readonly deadline: number
  readonly what: string
}

/** What one client holds, live, with a way to wait until it shows something. */
export class Sight {
  readonly db: Db
  readonly #stops: (() => void)[]
  readonly #waiters = new Set<Waiter>()
  readonly #overdue: NodeJS.Timeout
  #failed: ((error: Error) => void) | undefined

  constructor(db: Db) {
    this.db = db
    this.#stops = [db.contacts.all(), db.invoices.all(), db.payments.all()].map((query) =>
      query.subscribe(() => this.#look()),
    )
    this.#overdue = setInterval(() => this.#findOverdue(), 1_000)
  }

  /** Rejects when something waited for does not come in time. */
  readonly lost: Promise<never> = new Promise((_, reject) => {
    this.#failed = reject
  })

  /** Resolves when the client has all three collections. */
  ready(): Promise<void> {
    const queries = [this.db.contacts.all(), this.db.invoices.all(), this.db.payments.all()]
    return this.until('all collections', () =>
      queries.every((query) => query.getSnapshot().status === 'ready'),
    )
  }

  /** Resolves when the client shows the invoice as wanted. */
  untilInvoice(id: string, isWanted: (invoice: InvoiceRow) => boolean): Promise<void> {
    return this.until(`invoice ${id}`, () => {
      const invoice = this.db.invoices.get(id)
      return invoice !== undefined && isWanted(invoice)
    })
  }

  until(what: string, isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters.add({ what, isMet, meet: resolve, deadline: Date.now() + DEADLINE_MS })
    })
  }

  close(): void {
    clearInterval(this.#overdue)
    for (const stop of this.#stops) stop()
    this.db.close()
  }

  #look(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.isMet()) continue
      this.#waiters.delete(waiter)
      waiter.meet()
    }
  }

  #findOverdue(): void {
    const now = Date.now()
    const overdue = [...this.#waiters].find(({ deadline }) => deadline < now)
    if (overdue)
      this.#failed?.(new Error(`A client did not see ${overdue.what} within ${DEADLINE_MS / 1_000} s.`))
  }
}
