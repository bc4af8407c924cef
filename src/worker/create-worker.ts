import { type AlertOptions, readAlertOptions } from '../core/alerts/options.ts'
import type { TidemarkApp } from '../define/define-app.ts'
import { type Bindings, environmentBy } from '../platform/environment.ts'
import { registryClass } from '../registry/registry.ts'
import { tenantClass } from '../tenant/tenant.ts'
import { routes } from './routes.ts'
import { scheduledBy } from './scheduled.ts'

/**
 * Makes what a deployment exports of an application: the classes of its Durable Objects, its routes (a Hono
 * application, which stands alone or beside others), and the cron's handler.
 *
 * @example
 * const tidemark = createWorker(app)
 * export class Tenant extends tidemark.Tenant {}
 * export class Registry extends tidemark.Registry {}
 * export default { fetch: tidemark.routes.fetch, scheduled: tidemark.scheduled }
 */
export function createWorker(app: TidemarkApp, options: WorkerOptions = {}) {
  const alerts = readAlertOptions(options.alerts)
  const read = environmentBy(options.bindings)
  return {
    Tenant: tenantClass(app, alerts, read),
    Registry: registryClass(alerts, read),
    routes: routes(app, read),
    scheduled: scheduledBy(read),
  }
}

/** Decisions of a deployment beside its application. */
export type WorkerOptions = {
  /** When whoever is on duty is told of what. Throws at the start, with a sentence, where that cannot be. */
  readonly alerts?: AlertOptions
  /**
   * The names of settings, secrets and bindings that the deployment calls otherwise.
   *
   * @example { DATABASE_URL: 'NEON_URL', TENANT: 'SYNC_TENANT' }
   */
  readonly bindings?: Bindings
}

export type { Bindings, Environment } from '../platform/environment.ts'
