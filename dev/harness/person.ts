import type { Client } from '../../client/src/index.ts'
import type { App } from '../../examples/invoices/sync.ts'
import type { Stack } from './stack.ts'
import { until } from './until.ts'

export type Db = Client<App>
type Invoice = NonNullable<ReturnType<Db['invoices']['get']>>

/** Somebody with the application open: a client of the real library that holds all collections. */
export type Person = {
  readonly db: Db
  /** Waits until the person's client shows the invoice as wanted, and returns it. */
  sees(id: string, isWanted: (invoice: Invoice) => boolean): Promise<Invoice>
  /** All rows the client shows, as plain data. */
  shown(): unknown
  close(): void
}

/** Opens the application as `name` and waits until everything is loaded. */
export function open(stack: Stack, name: Parameters<Stack['client']>[0]): Promise<Person> {
  return follow(stack.client(name), name)
}

/** Holds everything a client can see, and waits until it is loaded. */
export async function follow(db: Db, name: string): Promise<Person> {
  const queries = [db.contacts.all(), db.invoices.all(), db.payments.all()]
  const stops = queries.map((query) => query.subscribe(() => undefined))
  await until(`${name} has everything`, () =>
    queries.every((query) => query.getSnapshot().status === 'ready'),
  )
  return {
    db,
    sees: (id, isWanted) =>
      until(`${name} sees ${id} as wanted`, () => {
        const invoice = db.invoices.get(id)
        return invoice && isWanted(invoice) ? invoice : undefined
      }),
    shown: () => queries.map((query) => byId(query.getSnapshot().rows.map((row) => ({ ...row })))),
    close() {
      for (const stop of stops) stop()
      db.close()
    },
  }
}

function byId<Row extends { id: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
