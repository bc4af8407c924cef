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

/** Holds everything a client can see, and waits until it is loaded; shows what the whole tenant may see of it. */
export function follow(db: Db, name: string): Promise<Person> {
  return hold(db, name, [db.assignees.all(), cardsForAll(db), db.prizes.all()], (id) => db.cards.get(id))
}

/** The cards without what owners alone are shown, so that two people can be compared. */
function cardsForAll({ cards }: Db) {
  const query = cards.all()
  return {
    subscribe: query.subscribe,
    getSnapshot() {
      const { status, rows } = query.getSnapshot()
      return { status, rows: rows.map(({ advice: _, ...row }) => row) }
    },
  }
}
