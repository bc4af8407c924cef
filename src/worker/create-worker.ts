import type { TidemarkApp } from '../define/define-app.ts'
import { Registry } from '../registry/registry.ts'
import { tenantClass } from '../tenant/tenant.ts'
import { routes } from './routes.ts'
import { scheduled } from './scheduled.ts'

/**
 * Makes what a deployment exports of an application: the classes of its Durable Objects, its routes (a Hono
 * application, to which others may be added), and the cron's handler.
 *
 * @example
 * const tidemark = createWorker(app)
 * export class Tenant extends tidemark.Tenant {}
 * export class Registry extends tidemark.Registry {}
 * export default { fetch: tidemark.routes.fetch, scheduled: tidemark.scheduled }
 */
export function createWorker(app: TidemarkApp) {
  return { Tenant: tenantClass(app), Registry, routes: routes(app), scheduled }
}

export type { Environment } from '../platform/environment.ts'
