import type { ConnectionState } from './connection.ts'
import type { ConnectionSnapshot } from './types.ts'

/** Measurements that go with a connection's state. */
type Measured = {
  readonly pending: number
  readonly delayed: ConnectionSnapshot['delayed'] | undefined
  readonly rttMs: number | undefined
  readonly lastSyncedAt: number | undefined
}

/** The connection's state as it is told to a person. */
export function toSnapshot(
  state: ConnectionState,
  { pending, delayed, rttMs, lastSyncedAt }: Measured,
): ConnectionSnapshot {
  return Object.freeze({
    state: name(state),
    pending,
    ...(delayed && { delayed }),
    ...(state.is === 'waiting' && { retryAt: state.retryAt }),
    ...(rttMs !== undefined && { rttMs }),
    ...(lastSyncedAt !== undefined && { lastSyncedAt }),
    ...('error' in state && state.error && { error: state.error }),
  })
}

function name(state: ConnectionState): ConnectionSnapshot['state'] {
  switch (state.is) {
    case 'waiting':
      return 'offline'
    case 'authorizing':
    case 'opening':
      return 'connecting'
    default:
      return state.is
  }
}
