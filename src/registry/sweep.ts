import type { AllTenantsPort } from '../core/outbox/all-tenants-port.ts'
import type { PollReply } from '../protocol/internal/tenant-answers.ts'
import type { TenantList } from './tenant-list.ts'
import { within } from './within.ts'

/** The things a sweep works on. Times are milliseconds since 1970. */
export type SweepParts = {
  readonly list: TenantList
  readonly postgres: AllTenantsPort
  /** Asks a tenant's object to poll. May reject. */
  readonly poll: (tenant: string) => Promise<PollReply>
  /** Whether objects rely on the sweep, and do not poll by their own clocks. */
  readonly polls: boolean
  /** External changes are kept for so many days. */
  readonly retentionDays: number
  readonly log: (event: string, facts: Readonly<Record<string, string>>) => void
  readonly now: () => number
}

/** Objects asked to poll at the same time. */
const POLLS_AT_ONCE = 20

/** Milliseconds for an object to poll: a call to Postgres, and one that was under way before it. */
const POLL_DEADLINE_MS = 25_000

/** Old changes are deleted this often, in ms. */
export const PRUNE_EVERY_MS = 24 * 3_600_000

/** Changes deleted by one call, far within its deadline, and calls in one sweep. */
const PRUNE_ROWS = 5_000
const PRUNE_CALLS = 20

/**
 * The work of the cron each time: looks once for all tenants with clients, and now and then deletes old
 * changes. With no client anywhere nothing is sent to Postgres, so it may sleep.
 */
export async function sweep(parts: SweepParts): Promise<void> {
  const tenants = parts.list.tenants(parts.now())
  if (tenants.length === 0) return
  if (parts.polls) await pollForAll(parts, tenants)
  if (parts.now() - parts.list.prunedAt >= PRUNE_EVERY_MS) await prune(parts)
}

async function pollForAll({ list, postgres, log, ...parts }: SweepParts, tenants: string[]): Promise<void> {
  const answer = await postgres.changed(list.cursor, tenants)
  if (!answer.ok) return log('sweep-failed', { cause: answer.message })
  list.changed(answer.value.tenants, answer.value.cursor)
  const due = list.due()
  for (let first = 0; first < due.length; first += POLLS_AT_ONCE) {
    await Promise.all(due.slice(first, first + POLLS_AT_ONCE).map(ask))
  }

  /** Whoever cannot be asked stays due, and is asked in the next sweep. */
  async function ask(tenant: string): Promise<void> {
    const asked = parts.now()
    try {
      const reply = await within(POLL_DEADLINE_MS, parts.poll(tenant))
      if (reply === 'nobody') list.drop(tenant, asked)
      else if (reply === 'polled') list.polled(tenant)
    } catch (thrown) {
      log('poll-failed', { tenant, cause: String(thrown) })
    }
  }
}

async function prune({ list, postgres, retentionDays, log, now }: SweepParts): Promise<void> {
  for (let call = 0; call < PRUNE_CALLS; call++) {
    const deleted = await postgres.prune(retentionDays, PRUNE_ROWS)
    if (!deleted.ok) return log('prune-failed', { cause: deleted.message })
    if (deleted.value < PRUNE_ROWS) return list.putPrunedAt(now())
  }
}
