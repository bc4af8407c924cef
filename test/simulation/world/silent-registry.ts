import { readAlertOptions } from '../../../src/core/alerts/options.ts'
import type { Host } from '../../../src/tenant/host.ts'

const heard = () => Promise.resolve()

/** The registry is not simulated: it hears, and says nothing. */
export const SILENT_REGISTRY: Pick<Host, 'registry' | 'alerts'> = {
  registry: () => ({ put: heard, drop: heard, report: heard }),
  alerts: readAlertOptions(),
}
