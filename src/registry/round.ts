import type { AllTenantsPort } from '../core/outbox/all-tenants-port.ts'
import type { LookReply } from '../protocol/internal/tenant-answers.ts'
import type { TenantList } from './tenant-list.ts'
import { within } from './within.ts'

/** The things a round works on. Times are milliseconds since 1970. */
export type RoundParts = {
  readonly list: TenantList
  readonly postgres: AllTenantsPort
  /** Asks a tenant's object to look. May reject. */
  readonly look: (tenant: string) => Promise<LookReply>
  /** Whether objects rely on the round, and do not look by their own clocks. */
  readonly looks: boolean
  /** Outside changes are kept for so many days. */
  readonly retentionDays: number
  readonly log: (event: string, facts: Readonly<Record<string, string>>) => void
  readonly now: () => number
}

/** Objects asked to look at the same time. */
const LOOKS_AT_ONCE = 20

/** Milliseconds for an object to look: a call to Postgres, and one that was under way before it. */
const LOOK_DEADLINE_MS = 25_000

/** Old changes are deleted this often, in ms. */
export const PRUNE_EVERY_MS = 24 * 3_600_000

/** Changes deleted by one call, far within its deadline, and calls in one round. */
const PRUNE_ROWS = 5_000
const PRUNE_CALLS = 20

/**
 * The work of the cron each time: looks once for all tenants with clients, and now and then deletes old
 * changes. With no client anywhere nothing is sent to Postgres, so it may sleep.
 */
export async function round(parts: RoundParts): Promise<void> {
  const tenants = parts.list.tenants(parts.now())
  if (tenants.length === 0) return
  if (parts.looks) await lookForAll(parts, tenants)
  if (parts.now() - parts.list.prunedAt >= PRUNE_EVERY_MS) await prune(parts)
}

async function lookForAll({ list, postgres, log, ...parts }: RoundParts, tenants: string[]): Promise<void> {
  const answer = await postgres.changed(list.cursor, tenants)
  if (!answer.ok) return log('watch-failed', { cause: answer.message })
  list.changed(answer.value.tenants, answer.value.cursor)
  const due = list.due()
  for (let first = 0; first < due.length; first += LOOKS_AT_ONCE) {
    await Promise.all(due.slice(first, first + LOOKS_AT_ONCE).map(ask))
  }

  /** Whoever cannot be asked stays due, and is asked in the next round. */
  async function ask(tenant: string): Promise<void> {
    const asked = parts.now()
    try {
      const looked = await within(LOOK_DEADLINE_MS, parts.look(tenant))
      if (looked === 'nobody') list.drop(tenant, asked)
      else if (looked === 'looked') list.looked(tenant)
    } catch (thrown) {
      log('look-failed', { tenant, cause: String(thrown) })
    }
  }
}

async function prune({ list, postgres, retentionDays, log, now }: RoundParts): Promise<void> {
  for (let call = 0; call < PRUNE_CALLS; call++) {
    const deleted = await postgres.prune(retentionDays, PRUNE_ROWS)
    if (!deleted.ok) return log('prune-failed', { cause: deleted.message })
    if (deleted.value < PRUNE_ROWS) return list.putPrunedAt(now())
  }
}
