import type { PostgresPort } from '../core/outbox/postgres-port.ts'
import type { TidemarkApp } from '../define/define-app.ts'
import type { Log } from '../platform/log-line.ts'
import type { Alarm } from './schedule/alarm.ts'
import type { Health } from './sessions/health.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Store } from './storage/store.ts'
import type { Watches } from './tags/watches.ts'
import type { ChangesSince } from './views/changes-since.ts'
import type { PageCache } from './views/page-cache.ts'
import type { Seals } from './views/seal.ts'
import type { Views } from './views/views.ts'

/** What the object's functions work on. Made once per wake, handed around explicitly. */
export type Parts = {
  readonly app: TidemarkApp
  readonly store: Store
  readonly sessions: Sessions
  readonly views: Views
  readonly watches: Watches
  readonly seals: Seals
  readonly changes: ChangesSince
  readonly pages: PageCache
  readonly postgres: PostgresPort
  readonly alarm: Alarm
  readonly health: Health
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** A name for a log, so random that two logs of a tenant never share one. */
  readonly newEpoch: () => string
  /** Runs once the event loop has handed over what has already arrived. */
  readonly endOfTurn: (run: () => void) => void
  /** Resolves after so many ms. */
  readonly pause: (ms: number) => Promise<void>
  /** Looks into Postgres, without waiting for it. */
  readonly look: () => void
}
