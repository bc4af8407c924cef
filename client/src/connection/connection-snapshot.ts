import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { PersistenceState } from '../api/persistence.ts'
import type { ConnectionSnapshot } from '../api/types.ts'
import type { ConnectionState } from './connection.ts'

/** What goes with a connection's state. */
type Beside = {
  readonly pending: number
  readonly unsent: number
  readonly delayed: ConnectionSnapshot['delayed'] | undefined
  readonly held: number
  readonly stalled: ConnectionSnapshot['stalled'] | undefined
  readonly persistence: PersistenceState | undefined
  readonly rttMs: number | undefined
  readonly lastSyncedAt: number | undefined
  /** There is no network, or there was none and nothing has been heard since. */
  readonly cutOff: boolean
  /** What went wrong last, and is not mended yet. */
  readonly trouble: WireError | undefined
}

const NO_NETWORK = wireError('no-network', 'This device has no network.')

/** The connection's state as it is told to a person. */
export function toSnapshot(
  state: ConnectionState,
  { pending, unsent, delayed, held, stalled, persistence, rttMs, lastSyncedAt, cutOff, trouble }: Beside,
): ConnectionSnapshot {
  // What only a person can change is more to the point than the network.
  const isOffline = cutOff && !STUCK.has(state.is)
  const cause = isOffline ? NO_NETWORK : 'error' in state ? state.error : trouble
  return Object.freeze({
    state: isOffline ? 'offline' : name(state),
    pending,
    ...(unsent > 0 && { unsent }),
    ...(delayed && { delayed }),
    ...(held > 0 && { held }),
    ...(stalled && { stalled }),
    ...(persistence && { persistence }),
    ...(state.is === 'waiting' && { retryAt: state.retryAt }),
    ...(rttMs !== undefined && { rttMs }),
    ...(lastSyncedAt !== undefined && { lastSyncedAt }),
    ...(cause && { cause }),
  })
}

/** States that no network changes. */
const STUCK: ReadonlySet<ConnectionState['is']> = new Set(['needs-auth', 'update-required', 'closed'])

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
