import { PEOPLE } from '../../examples/invoices/dev-people.ts'
import { type App, app } from '../../examples/invoices/sync.ts'
import { buildWeb } from '../build-web.ts'
import { PRODUCT_CONFIG } from '../build-worker.ts'
import type { Application } from '../harness/application.ts'
import { migrate } from '../migrate.ts'
import { HISTORIES } from './histories.ts'

/** Somebody the development sign-in knows. The first four are of tenant `acme`. */
export type PersonName = (typeof PEOPLE)[number]['person']

/** The invoicing example, as measurements and its own tests run it. */
export const INVOICES: Application<App, PersonName> = {
  name: 'INVOICES',
  app,
  folder: 'examples/invoices',
  config: PRODUCT_CONFIG,
  people: PEOPLE,
  migrate: async (connectionString) => void (await migrate(connectionString, HISTORIES)),
  buildPage: () => buildWeb(),
}
