import type { TenantHealth } from '../../protocol/internal/tenant-answers.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../storage/store.ts'

/** Records that are listed. */
const MAX_LISTED = 1_000

type Tenant = {
  readonly store: Store
  readonly sessions: Sessions
  readonly lifecycle: { readonly isComplete: boolean }
}

/** Tells how a tenant stands. */
export function healthOf({ store, sessions, lifecycle }: Tenant, parked: string | undefined): TenantHealth {
  const { epoch, head: seq, committed, waiting: proposals, asides } = store
  const records = asides
    .list(MAX_LISTED)
    .map(({ due: _, since, ...record }) => ({ ...record, since: new Date(since).toISOString() }))
  const counts = { proposals, sessions: sessions.size, aside: asides.size }
  const loading = !lifecycle.isComplete
  return { epoch, seq, committed, ...counts, loading, parked: parked ?? null, records }
}
