import { app } from '../../../examples/invoices/sync.ts'
import { type Side, type Sql, shownSide, storedSide } from '../../support/sides.ts'
import type { Sight } from './sight.ts'

const COLLECTIONS = ['contacts', 'invoices', 'payments'] as const

/** What a client shows. */
export function clientSide(name: string, { db }: Pick<Sight, 'db'>): Side {
  const [contacts, invoices, payments] = [db.contacts.all(), db.invoices.all(), db.payments.all()]
  return shownSide(name, { contacts, invoices, payments })
}

/** What Postgres holds of a tenant, under the names the clients use. */
export function postgresSide(tenant: string, sql: Sql): Promise<Side> {
  return storedSide(app.tables, COLLECTIONS, tenant, sql)
}
