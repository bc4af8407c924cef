import { join } from 'node:path'
import { PROJECT } from '../build-worker.ts'
import { applicationIn, ENGINE } from '../migration-history.ts'

/** The invoicing example's own migrations. */
export const APPLICATION = applicationIn(join(PROJECT, 'examples/invoices/migrations'))

/** The engine's and the example's, in the order in which a database takes them. */
export const HISTORIES = [ENGINE, APPLICATION]
