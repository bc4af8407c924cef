import { app } from './app/sync.ts'
import { routes } from './edge/routes.ts'
import { tenantClass } from './tenant/tenant.ts'

/** The Durable Object of one tenant. */
export class Tenant extends tenantClass(app) {}

export default routes(app)
