import type { PostgresPort } from '../core/batch.ts'
import type { TidemarkApp } from '../postgres/define-app.ts'
import type { Alarm } from './alarm.ts'
import type { ChangesSince } from './changes-since.ts'
import type { Health } from './health.ts'
import type { Log } from './log-line.ts'
import type { PageCache } from './page-cache.ts'
import type { Seals } from './seal.ts'
import type { Sessions } from './sessions.ts'
import type { Store } from './store.ts'
import type { Views } from './views.ts'
import type { Watches } from './watches.ts'

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
