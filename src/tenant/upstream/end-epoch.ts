import type { LedgerConflict } from '../../core/outbox/batch.ts'
import type { Log } from '../../platform/log-line.ts'
import { CLOSE, wireError } from '../../protocol/errors.ts'
import type { Alarm } from '../schedule/alarm.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Store } from '../storage/store.ts'

/** The means to end a log. */
export type EndingEpochs = {
  readonly store: Store
  readonly sessions: Sessions
  readonly alarm: Alarm
  readonly log: Log
  /** Makes a name for a log, so random that two logs of a tenant never share one. */
  readonly newEpoch: () => string
  readonly lifecycle: {
    happened(event: { readonly is: 'fenced' } | { readonly is: 'diverged'; readonly carries: boolean }): void
  }
}

/**
 * Ends what Postgres does not take any more. A log that Postgres knows nothing of, or knows otherwise,
 * is left for a new one, into which everything is carried that Postgres has not got. A tenant that
 * another object has claimed is not claimed back: the two would take it from each other for ever.
 */
export function endEpoch(parts: EndingEpochs, conflict: LedgerConflict): void {
  const { store, log, lifecycle } = parts
  if (conflict.is === 'fenced') {
    lifecycle.happened({ is: 'fenced' })
    log('fenced', { epoch: store.epoch, owner: conflict.epoch, outbox: store.outbox })
  } else {
    const ended = store.epoch
    const { outbox } = store
    store.transaction((txn) => txn.beginEpoch(parts.newEpoch()))
    lifecycle.happened({ is: 'diverged', carries: store.carried.any })
    log('epoch-ended', { ended, epoch: store.epoch, cause: conflict.message, outbox })
  }
  closeAll(parts)
}

/** Every client comes back, learns where the tenant stands now, and sends again what has no outcome. */
function closeAll({ sessions, alarm }: Pick<EndingEpochs, 'sessions' | 'alarm'>): void {
  const error = wireError('busy', 'The tenant begins anew; connect again.')
  for (const session of [...sessions.all()]) sessions.close(session, CLOSE.reset, error)
  alarm.arm()
}
