import type { PostgresPort } from '../../core/outbox/postgres-port.ts'
import type { Outcome, TenantHealth } from '../../protocol/internal/tenant-answers.ts'
import { PROTOCOL_VERSION } from '../../protocol/version.ts'
import type { Health } from '../sessions/health.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../storage/store.ts'
import { whyUnknown } from './existing.ts'

/** Records that are listed. */
const MAX_LISTED = 1_000

/** The means to tell how a tenant stands. */
export type HealthParts = {
  readonly store: Store
  readonly sessions: Sessions
  readonly health: Pick<Health, 'told'>
  readonly lifecycle: { readonly state: { readonly is: TenantHealth['state'] }; readonly isComplete: boolean }
  readonly drain: { readonly parkedBy: string | undefined; readonly isBehind: boolean }
}

/** Tells how a tenant stands. */
export function healthOf({ store, sessions, health, lifecycle, drain }: HealthParts): TenantHealth {
  const { epoch, head: seq, committed, waiting: proposals, waitingSince, asides } = store
  const { told } = health
  return {
    state: lifecycle.state.is,
    epoch,
    seq,
    committed,
    waiting: store.outbox + proposals,
    waitingSince: waitingSince === undefined ? null : timeOf(waitingSince),
    proposals,
    delayed: told ? { cause: told.cause, since: timeOf(told.since) } : null,
    behind: drain.isBehind,
    sessions: sessions.size,
    loading: !lifecycle.isComplete,
    parked: drain.parkedBy ?? null,
    conflicts: store.openCount,
    aside: asides.size,
    records: asides
      .list(MAX_LISTED)
      .map(({ due: _, since, ...record }) => ({ ...record, since: timeOf(since) })),
    versions: {
      protocol: PROTOCOL_VERSION,
      sessions: countVersions(sessions),
      schema: store.schema.manifest?.hash ?? null,
    },
  }
}

/** Tells how a tenant stands whose object nobody has opened: Postgres alone knows it, or nobody does. */
export async function healthOfUnopened(
  postgres: Pick<PostgresPort, 'knows'>,
  tenant: string,
): Promise<TenantHealth | Outcome> {
  return (await whyUnknown(postgres, tenant)) ?? UNOPENED
}

const UNOPENED: TenantHealth = {
  state: 'unfounded',
  epoch: '',
  seq: 0,
  committed: 0,
  waiting: 0,
  waitingSince: null,
  proposals: 0,
  delayed: null,
  behind: false,
  sessions: 0,
  loading: false,
  parked: null,
  conflicts: 0,
  aside: 0,
  records: [],
  versions: { protocol: PROTOCOL_VERSION, sessions: {}, schema: null },
}

function countVersions(sessions: Sessions): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { protocol } of sessions.all()) counts[protocol] = (counts[protocol] ?? 0) + 1
  return counts
}

const timeOf = (ms: number) => new Date(ms).toISOString()
