import { type AlertOptions, readAlertOptions } from '../core/alerts/options.ts'
import type { TidemarkApp } from '../define/define-app.ts'
import { registryClass } from '../registry/registry.ts'
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
export function createWorker(app: TidemarkApp, options: WorkerOptions = {}) {
  const alerts = readAlertOptions(options.alerts)
  return {
    Tenant: tenantClass(app, alerts),
    Registry: registryClass(alerts),
    routes: routes(app),
    scheduled,
  }
}

/** Decisions of a deployment beside its application. */
export type WorkerOptions = {
  /** When whoever is on duty is told of what. Throws at the start, with a sentence, where that cannot be. */
  readonly alerts?: AlertOptions
}

export type { Environment } from '../platform/environment.ts'
