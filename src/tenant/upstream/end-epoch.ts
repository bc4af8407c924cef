import type { Misfit } from '../../core/outbox/batch.ts'
import { CLOSE, wireError } from '../../protocol/errors.ts'
import type { Parts } from '../parts.ts'

/**
 * Ends what Postgres does not take any more. A log that Postgres knows nothing of, or knows otherwise,
 * is left for a new one, into which everything is carried that Postgres has not got. A tenant that
 * another object has claimed is not claimed back: the two would take it from each other for ever.
 */
export function endEpoch(parts: Parts, misfit: Misfit): void {
  const { store, log } = parts
  if (misfit.is === 'fenced') {
    store.fenced = true
    log('fenced', { epoch: store.epoch, owner: misfit.epoch, outbox: store.outbox })
  } else {
    const ended = store.epoch
    const { outbox } = store
    store.transaction((txn) => txn.beginEpoch(parts.newEpoch()))
    store.confirmed = false
    log('epoch-ended', { ended, epoch: store.epoch, cause: misfit.message, outbox })
  }
  closeAll(parts)
}

/** Every client comes back, learns where the tenant stands now, and sends again what has no outcome. */
export function closeAll({ sessions, alarm }: Parts): void {
  const error = wireError('busy', 'The tenant begins anew; connect again.')
  for (const session of [...sessions.all()]) sessions.close(session, CLOSE.reset, error)
  alarm.arm()
}
