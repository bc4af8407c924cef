import type { AlertRules } from '../core/alerts/rules.ts'
import type { HistoryPort } from '../core/history/history-port.ts'
import type { PostgresPort } from '../core/outbox/postgres-port.ts'
import type { Log } from '../platform/log-line.ts'
import type { AnalyticsDataset } from '../platform/platform.ts'
import type { Verified } from '../worker/auth/authenticate.ts'
import type { RegistryPort } from './lease.ts'

/** Everything an object takes from outside, so that tests and simulations decide it. */
export type Host = {
  /** @param tenant read at each call, because an object learns its tenant from its first visitor */
  readonly postgres: (tenant: () => string) => PostgresPort
  /** Its audit history, for the same tenant. */
  readonly history: (tenant: () => string) => HistoryPort
  readonly registry: () => RegistryPort
  /** Which of its figures the object tells the registry of. */
  readonly alerts: AlertRules
  readonly verify: (token: string) => Promise<Verified>
  /** Whether the object polls for external changes by its own clock. */
  readonly polls: boolean
  readonly log: Log
  /** Where what was counted goes beside the registry; undefined where the deployment has no such place. */
  readonly analytics: AnalyticsDataset | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** A name nobody else makes up: 36 characters. */
  readonly newId: () => string
  /** Runs once the event loop has handed over what has already arrived. */
  readonly endOfTurn: (run: () => void) => void
  /** Resolves after so many ms, during which the object stays awake: for short whiles only. */
  readonly pause: (ms: number) => Promise<void>
}
