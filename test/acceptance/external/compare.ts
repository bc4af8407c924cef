import { app } from '../../fixtures/board/sync.ts'
import type { Person } from '../../support/person.ts'
import { type Side, type Sql, shownSide, storedSide } from '../../support/sides.ts'

const COLLECTIONS = ['assignees', 'cards', 'prizes'] as const

/** What a client shows. */
export function clientSide(name: string, { db }: Pick<Person, 'db'>): Side {
  const [assignees, cards, prizes] = [db.assignees.all(), db.cards.all(), db.prizes.all()]
  return shownSide(name, { assignees, cards, prizes })
}

/** What Postgres holds of a tenant, under the names the clients use. */
export function postgresSide(tenant: string, sql: Sql): Promise<Side> {
  return storedSide(app.tables, COLLECTIONS, tenant, sql)
}
