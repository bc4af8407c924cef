import type { Parts } from '../parts.ts'
import type { AsideRecord } from '../storage/aside-records.ts'

/** Records that are listed. */
const MAX_LISTED = 1_000

/** How a tenant stands. */
export type TenantHealth = {
  readonly epoch: string
  /** The head of the log, and up to where Postgres has it. */
  readonly seq: number
  readonly committed: number
  /** Edits that are Postgres first, and wait for it. */
  readonly proposals: number
  readonly sessions: number
  /** Data is being loaded from Postgres. */
  readonly loading: boolean
  /** Why nothing more of the log gets to Postgres until somebody mends something; a nudge tries again at once. */
  readonly parked: string | null
  /** Records that Postgres holds and that nobody can be shown: how many, and the first thousand. */
  readonly aside: number
  readonly records: readonly (Omit<AsideRecord, 'since' | 'due'> & { readonly since: string })[]
}

export function healthOf({ store, sessions }: Parts, parked: string | undefined): TenantHealth {
  const { epoch, head: seq, committed, waiting: proposals, hydrating: loading, asides } = store
  const records = asides
    .list(MAX_LISTED)
    .map(({ due: _, since, ...record }) => ({ ...record, since: new Date(since).toISOString() }))
  const counts = { proposals, sessions: sessions.size, aside: asides.size }
  return { epoch, seq, committed, ...counts, loading, parked: parked ?? null, records }
}
