import type { PostgresPort } from '../../core/outbox/postgres-port.ts'
import type { Log } from '../../platform/log-line.ts'
import type { Store } from '../storage/store.ts'

/** The means to tell Postgres of revocations. */
type SendingRevocations = {
  readonly store: Store
  readonly postgres: Pick<PostgresPort, 'revoke'>
  readonly log: Log
}

/** Revocations that one call tells. */
const SENT_AT_ONCE = 1_000

/** Tells Postgres of the revocations that it has not got, should this object lose its storage. Never throws. */
export async function sendRevocations({ store, postgres, log }: SendingRevocations): Promise<void> {
  for (;;) {
    const untold = store.revoked.untold.slice(0, SENT_AT_ONCE)
    if (untold.length === 0 || store.tenant === undefined) return
    const attempt = await postgres.revoke(untold)
    if (!attempt.ok) {
      log('revocations-wait', { failure: attempt.failure, message: attempt.message, waiting: untold.length })
      return
    }
    store.transaction((txn) => txn.toldRevocations(untold))
  }
}
