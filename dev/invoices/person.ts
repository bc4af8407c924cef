import type { Client } from '../../client/src/index.ts'
import type { App } from '../../examples/invoices/sync.ts'
import { hold, type Person as PersonOf } from '../harness/person.ts'
import type { Stack } from './stack.ts'

export type Db = Client<App>

/** Somebody with the invoicing example open: a client of the real library that holds all collections. */
export type Person = PersonOf<Db, NonNullable<ReturnType<Db['invoices']['get']>>>

/** Opens the application as `name` and waits until everything is loaded. */
export function open(stack: Stack, name: Parameters<Stack['client']>[0]): Promise<Person> {
  return follow(stack.client(name), name)
}

/** Holds everything a client can see, and waits until it is loaded. */
export function follow(db: Db, name: string): Promise<Person> {
  return hold(db, name, [db.contacts.all(), db.invoices.all(), db.payments.all()], (id) =>
    db.invoices.get(id),
  )
}
