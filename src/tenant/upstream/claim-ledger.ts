import { carryClientState, newClientState } from '../../core/edits/admit.ts'
import type { Ledger } from '../../core/outbox/batch.ts'
import { unsettled } from '../../core/outbox/carry.ts'
import type { PostgresPort } from '../../core/outbox/postgres-port.ts'
import type { Log } from '../../platform/log-line.ts'
import type { Health } from '../sessions/health.ts'
import type { Store } from '../storage/store.ts'
import type { Txn } from '../storage/txn.ts'
import { explain } from './refusal.ts'

/** The means to claim a ledger. */
export type Claiming = {
  readonly store: Store
  readonly postgres: Pick<PostgresPort, 'open'>
  readonly health: Health
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly lifecycle: { happened(event: { readonly is: 'claimed'; readonly carries: boolean }): void }
}

/**
 * Claims the tenant's ledger for a new log, and takes over what is settled of each client. Nobody is
 * let in before: a client could be told that an edit is new which is not.
 *
 * @returns whether the ledger is this log's; false while Postgres does not answer
 */
export async function claimLedger(parts: Claiming): Promise<boolean> {
  const { store, postgres, log, health, lifecycle } = parts
  if (store.claimed) return true
  const { epoch } = store
  const attempt = await postgres.open(epoch)
  if (!attempt.ok) {
    log('postgres-away', { failure: attempt.failure, message: attempt.message })
    health.failed(attempt.failure === 'structural' ? 'parked' : 'postgres-away')
    return false
  }
  // Two visitors may have asked. The first answer counts: pages may have been read since.
  if (store.claimed) return true
  if (store.epoch !== epoch) return false
  store.transaction((txn) => {
    takeClientStates(parts, txn, attempt.value)
    txn.putRevocations(attempt.value.revoked, parts.now() / 1_000, true)
    const settled = new Map(attempt.value.marks.map(({ client, n }) => [client, n]))
    txn.keepCarried((entries, reverted) => unsettled(entries, (client) => settled.get(client) ?? 0, reverted))
    txn.putCursor(attempt.value.cursor)
  })
  lifecycle.happened({ is: 'claimed', carries: store.carried.any })
  return true
}

/** Every client that is known here or there gets the state with which it begins the new log. */
function takeClientStates({ store }: Claiming, txn: Txn, { marks }: Ledger): void {
  const settled = new Map(marks.map((mark) => [mark.client, mark]))
  const known = new Map(store.clientStates().map((state) => [state.client, state]))
  for (const { client, subject } of marks) {
    if (!known.has(client)) known.set(client, newClientState(client, subject))
  }
  for (const state of known.values()) {
    const there = settled.get(state.client)
    const refused = (there?.refusals ?? []).map((refusal) => ({ n: refusal.n, error: explain(refusal) }))
    txn.putClientState(carryClientState(state, { n: there?.n ?? 0, refused }))
  }
}
