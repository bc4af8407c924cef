import type { TidemarkApp } from '../define/define-app.ts'
import type { Log } from '../platform/log-line.ts'
import { noticeSchema } from './hydration/change-schema.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Store } from './storage/store.ts'

/** The means to make an object a tenant's. */
export type Founding = {
  readonly app: TidemarkApp
  readonly store: Store
  readonly sessions: Sessions
  readonly lifecycle: Lifecycle
  readonly log: Log
  /** Makes a name for a log, so random that two logs of a tenant never share one. */
  readonly newEpoch: () => string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Makes the object a tenant's with the first request for it, and no other's from then on. */
export function belongTo(parts: Founding, tenant: string): void {
  const { store, lifecycle, newEpoch } = parts
  if (lifecycle.state.is === 'unfounded') {
    store.transaction((txn) => txn.found(tenant, newEpoch()))
    lifecycle.happened({ is: 'founded' })
    noticeSchema(parts)
  }
  if (store.tenant !== tenant) throw new Error('the Worker routed a tenant to another tenant’s object')
}
