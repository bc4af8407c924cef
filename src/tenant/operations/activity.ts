import { CONFLICTS } from '../../core/app/built-in.ts'
import { OPEN } from '../../core/app/conflicts-collection.ts'
import type { LogEntry } from '../../core/log/log.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type {
  ConnectedSession,
  MaskedEntry,
  OpenConflict,
  TenantActivity,
} from '../../protocol/internal/activity.ts'
import { DOUBLES } from '../metrics/analytics-point.ts'
import type { Reports } from '../metrics/reports.ts'
import type { Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../storage/store.ts'
import { maskChange } from './mask.ts'
import { type HealthParts, healthOf } from './tenant-health.ts'

/** Sessions, conflicts and entries that are listed, of each. */
const MAX_LISTED = 100

/** Entries that are looked through for those of one client. */
const MAX_SEARCHED = 5_000

/** Changes of one entry that are listed. */
const MAX_CHANGES = 20

type Parts = HealthParts & {
  readonly app: TidemarkApp
  readonly store: Store
  readonly sessions: Sessions
  readonly reports: Pick<Reports, 'recent'>
}

/**
 * Tells what goes on in a tenant: how it stands, its last hour, who is connected, open conflicts, and the end of its
 * log with values masked.
 *
 * @param client whose entries alone are told; of everybody where it is empty
 */
export function activityOf(parts: Parts, client: string): TenantActivity {
  const { sessions, reports } = parts
  return {
    health: healthOf(parts),
    names: DOUBLES.map(({ name }) => name),
    points: reports.recent,
    sessions: [...sessions.all()].slice(0, MAX_LISTED).map(connected),
    conflicts: openConflicts(parts),
    entries: lastEntries(parts, client),
  }
}

function connected(session: Session): ConnectedSession {
  const { id, claims, protocol, heardAt, state } = session
  const greeted = state.is === 'greeted' ? state : undefined
  return {
    id,
    subject: claims.sub,
    client: greeted?.client ?? '',
    protocol,
    heardAt,
    subscriptions: greeted?.subscriptions.length ?? 0,
    isBehind: greeted?.behindSince !== undefined,
  }
}

/** Looks through the newest entries alone: the page of an operator is not to hold up a tenant. */
function lastEntries({ app, store }: Parts, client: string): MaskedEntry[] {
  const found: MaskedEntry[] = []
  for (const { entries } of store.turnsBackTo(Math.max(store.floor, store.head - MAX_SEARCHED))) {
    for (const entry of entries) {
      if (client === '' || entry.actor === client) found.push(masked(app, entry, store.committed))
      if (found.length === MAX_LISTED) return found
    }
  }
  return found
}

function masked(
  app: TidemarkApp,
  { seq, at, actor, subject, reverts, changes }: LogEntry,
  committed: number,
): MaskedEntry {
  return {
    seq,
    at,
    actor,
    subject,
    isCommitted: seq <= committed,
    ...(reverts && { reverts: { seq: reverts.seq, code: reverts.error.code } }),
    changes: changes.slice(0, MAX_CHANGES).map((change) => maskChange(app, change)),
    more: Math.max(0, changes.length - MAX_CHANGES),
  }
}

function openConflicts({ store }: Parts): OpenConflict[] {
  if (store.openCount === 0) return []
  const newest = store.openConflictIds(MAX_LISTED)
  return newest.flatMap((id): OpenConflict[] => {
    const row = store.living(CONFLICTS, id)
    if (row?.['state'] !== OPEN) return []
    const { collection, record, field, policy, at } = row
    const about = {
      collection: String(collection),
      record: String(record),
      policy: String(policy),
      at: String(at),
    }
    return [{ ...about, field: typeof field === 'string' ? field : null }]
  })
}
