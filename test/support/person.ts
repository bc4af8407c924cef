import type { Client } from '../../client/src/index.ts'
import { hold, type Person as PersonOf } from '../../dev/harness/person.ts'
import type { App } from '../fixtures/board/sync.ts'
import type { Stack } from './stack.ts'

export type Db = Client<App>

/** Somebody with the board open: a client of the real library that holds all collections. */
export type Person = PersonOf<Db, NonNullable<ReturnType<Db['cards']['get']>>>

/** Opens the application as `name` and waits until everything is loaded. */
export function open(stack: Stack, name: Parameters<Stack['client']>[0]): Promise<Person> {
  return follow(stack.client(name), name)
}

/** Holds everything a client can see, and waits until it is loaded. */
export function follow(db: Db, name: string): Promise<Person> {
  return hold(db, name, [db.assignees.all(), db.cards.all(), db.prizes.all()], (id) => db.cards.get(id))
}
