import { readAlertOptions } from '../../../src/core/alerts/options.ts'
import type { Host } from '../../../src/tenant/host.ts'

const heard = () => Promise.resolve()

/** The registry is not simulated, nor is Analytics Engine: it hears, and says nothing. */
export const SILENT_REGISTRY: Pick<Host, 'registry' | 'alerts' | 'analytics'> = {
  registry: () => ({ put: heard, drop: heard, report: heard }),
  alerts: readAlertOptions(),
  analytics: undefined,
}
