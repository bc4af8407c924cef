import { app } from './app/sync.ts'
import type { Environment } from './edge/environment.ts'
import { routes } from './edge/routes.ts'
import { scheduled } from './edge/scheduled.ts'
import { tenantClass } from './tenant/tenant.ts'

export { Watch } from './watch/watch.ts'

/** The Durable Object of one tenant. */
export class Tenant extends tenantClass(app) {}

export default { fetch: routes(app).fetch, scheduled } satisfies ExportedHandler<Environment>
