import type { TidemarkApp } from '../define/define-app.ts'
import { type Bindings, environmentBy } from '../platform/environment.ts'
import { registryClass } from '../registry/registry.ts'
import { tenantClass } from '../tenant/tenant.ts'
import { routes } from './routes.ts'
import { scheduledBy } from './scheduled.ts'

/** The ways in which a deployment differs from the standard. */
export type WorkerOptions = {
  /**
   * The names of settings, secrets and bindings that the deployment calls otherwise.
   *
   * @example { DATABASE_URL: 'NEON_URL', TENANT: 'SYNC_TENANT' }
   */
  readonly bindings?: Bindings
}

/**
 * Makes what a deployment exports of an application: the classes of its Durable Objects, its routes (a Hono
 * application, which stands alone or beside others), and the cron's handler. Throws in a request, with what to
 * add, where the deployment lacks a binding or secret.
 *
 * @example
 * const tidemark = createWorker(app)
 * export class Tenant extends tidemark.Tenant {}
 * export class Registry extends tidemark.Registry {}
 * export default { fetch: tidemark.routes.fetch, scheduled: tidemark.scheduled }
 */
export function createWorker(app: TidemarkApp, { bindings }: WorkerOptions = {}) {
  const read = environmentBy(bindings)
  return {
    Tenant: tenantClass(app, read),
    Registry: registryClass(read),
    routes: routes(app, read),
    scheduled: scheduledBy(read),
  }
}

export type { Bindings, Environment } from '../platform/environment.ts'
