import { readAlertOptions } from '../../../src/core/alerts/options.ts'
import type { Host } from '../../../src/tenant/host.ts'

const heard = () => Promise.resolve()

/** The past is told from the object's log: the history in Postgres is not simulated. */
const unanswered = { ok: false, failure: 'ambiguous', message: 'the history is not simulated' } as const
const NO_HISTORY = {
  page: () => Promise.resolve(unanswered),
  edit: () => Promise.resolve(unanswered),
}

/** The registry is not simulated, nor is Analytics Engine: it hears, and says nothing. */
export const SILENT_REGISTRY: Pick<Host, 'registry' | 'alerts' | 'analytics' | 'history'> = {
  registry: () => ({ put: heard, drop: heard, report: heard }),
  alerts: readAlertOptions(),
  analytics: undefined,
  history: () => NO_HISTORY,
}
