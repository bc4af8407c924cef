/**
 * The life of a tenant's object as a machine: what can be, what can happen, and what follows. Pure; the object acts
 * on the states it yields.
 *
 *   unfounded -> claiming -> loading -> ready        a new log, or one that is left for another (`diverged`)
 *       ^            ^          |         |
 *       |            +----------+---------+-- diverged
 *       |                       +---------+-- fenced  another log has the tenant: only closing leads out of it
 *       |
 *       +-- emptied -- closing -- reopened --> where it was
 *
 * While the object closes, whatever happens moves the state that it was in, which is where it goes on should the
 * closing come to nothing. Asleep the object keeps none of this: `wokenState` reads from storage where it stands.
 */
export type LifecycleState =
  /** Belongs to no tenant yet, or not any more. */
  | { readonly is: 'unfounded' }
  | OpenState
  /** `settling`: brings Postgres what waits for it. `emptying`: nothing is begun any more, what is under way ends. */
  | { readonly is: 'closing'; readonly phase: ClosingPhase; readonly within: OpenState }

/** The states of a tenant's object that nobody is closing. */
export type OpenState =
  /**
   * Its log is new, and the ledger in Postgres not yet this log's. `carries`: edits of earlier logs wait to be taken.
   */
  | { readonly is: 'claiming'; readonly carries: boolean }
  /** Data is missing, or edits of earlier logs. `confirmed`: Postgres has said since the wake that its ledger fits. */
  | { readonly is: 'loading'; readonly carries: boolean; readonly confirmed: boolean }
  | { readonly is: 'ready'; readonly confirmed: boolean }
  /** Another log has taken the tenant over: nothing that is taken here could be stored. */
  | { readonly is: 'fenced'; readonly carries: boolean; readonly isComplete: boolean }

type ClosingPhase = 'settling' | 'emptying'

export type LifecycleEvent =
  /** The first request for a tenant is here, and a log was begun. */
  | { readonly is: 'founded' }
  /** Postgres has given the ledger to this log; `carries` as it is after what is settled was left out. */
  | { readonly is: 'claimed'; readonly carries: boolean }
  /** All data is here, and every edit of earlier logs was taken. */
  | { readonly is: 'loaded' }
  /** Postgres has answered as one whose ledger fits this log. */
  | { readonly is: 'confirmed' }
  /** The log was left for another, because Postgres knows nothing of it, or knows it otherwise. */
  | { readonly is: 'diverged'; readonly carries: boolean }
  /** Postgres has said that another log has the tenant. */
  | { readonly is: 'fenced' }
  /** Somebody who runs the service moves or deletes the tenant. */
  | { readonly is: 'closing'; readonly phase: ClosingPhase }
  /** Everything is in Postgres that the closing waited for. */
  | { readonly is: 'settled' }
  /** The closing has come to nothing. */
  | { readonly is: 'reopened' }
  /** The storage is empty. */
  | { readonly is: 'emptied' }

/** The acts that are legal in a state. */
export type Legal = {
  /** A socket may be let in. */
  readonly sockets: boolean
  /** Edits may be taken. Sessions may say hello and subscribe wherever they are: they wait until all is loaded. */
  readonly edits: boolean
  /** The ledger may be claimed, and what is missing loaded from Postgres. */
  readonly loads: boolean
  /** The log may be carried to Postgres, and what others changed there be read. */
  readonly drains: boolean
  /** A nudge, an alarm or a reader may begin a call to Postgres. */
  readonly nudges: boolean
  /** Whoever runs the service may wait for the tenant, export it, move it or delete it. */
  readonly operations: boolean
}

const NOTHING: Legal = {
  sockets: false,
  edits: false,
  loads: false,
  drains: false,
  nudges: false,
  operations: false,
}

const LEGAL: Readonly<Record<LifecycleState['is'], Legal>> = {
  unfounded: NOTHING,
  // Nobody is let in before the claim: a client could be told that an edit is new which is not.
  claiming: { ...NOTHING, loads: true, nudges: true, operations: true },
  loading: { ...NOTHING, sockets: true, loads: true, nudges: true, operations: true },
  ready: { ...NOTHING, sockets: true, edits: true, drains: true, nudges: true, operations: true },
  closing: NOTHING,
  // Taking edits that can never be stored would be worse than taking none.
  fenced: { ...NOTHING, operations: true },
}

/**
 * The acts that are legal in a state. One that settles before it is emptied does what it did, for whoever closes it.
 */
export function legalIn(state: LifecycleState): Legal {
  if (state.is !== 'closing' || state.phase === 'emptying') return LEGAL[state.is]
  const { loads, drains } = legalIn(state.within)
  return { ...LEGAL.closing, loads, drains }
}

/** Facts of the storage from which the state after a wake follows. */
export type StoredFacts = {
  readonly tenant: string | undefined
  /** The ledger was claimed for this log. */
  readonly claimed: boolean
  /** Data is missing, or edits of earlier logs are still to be taken. */
  readonly hydrating: boolean
  readonly carries: boolean
}

/** The state of an object that wakes. That it was fenced or confirmed is learned anew with the next call. */
export function wokenState({ tenant, claimed, hydrating, carries }: StoredFacts): LifecycleState {
  if (tenant === undefined) return { is: 'unfounded' }
  if (!claimed) return { is: 'claiming', carries }
  return hydrating ? { is: 'loading', carries, confirmed: false } : { is: 'ready', confirmed: false }
}

/** The state that follows; the same one where the event changes nothing. */
export function transition(state: LifecycleState, event: LifecycleEvent): LifecycleState {
  switch (state.is) {
    case 'unfounded':
      return event.is === 'founded' ? { is: 'claiming', carries: false } : state
    case 'closing':
      return close(state, event)
    case 'claiming':
    case 'loading':
    case 'ready':
    case 'fenced':
      return event.is === 'closing'
        ? { is: 'closing', phase: event.phase, within: state }
        : move(state, event)
  }
}

type Closing = Extract<LifecycleState, { is: 'closing' }>

function close(state: Closing, event: LifecycleEvent): LifecycleState {
  switch (event.is) {
    case 'reopened':
      return state.within
    case 'emptied':
      return { is: 'unfounded' }
    case 'settled':
      return state.phase === 'emptying' ? state : { ...state, phase: 'emptying' }
    default: {
      const within = move(state.within, event)
      return within === state.within ? state : { ...state, within }
    }
  }
}

function move(state: OpenState, event: LifecycleEvent): OpenState {
  switch (state.is) {
    case 'claiming':
      if (event.is === 'claimed') return { is: 'loading', carries: event.carries, confirmed: true }
      return state
    case 'loading':
      if (event.is === 'loaded') return { is: 'ready', confirmed: state.confirmed }
      return leave(state, event)
    case 'ready':
      return leave(state, event)
    case 'fenced':
      return state
  }
}

/** Postgres confirms a log that is claimed, or has it ended. */
function leave(state: Extract<OpenState, { confirmed: boolean }>, event: LifecycleEvent): OpenState {
  switch (event.is) {
    case 'confirmed':
      return state.confirmed ? state : { ...state, confirmed: true }
    case 'diverged':
      return { is: 'claiming', carries: event.carries }
    case 'fenced':
      return { is: 'fenced', carries: carriesEdits(state), isComplete: state.is === 'ready' }
    default:
      return state
  }
}

/** Returns whether edits of earlier logs wait to be taken into this one. */
export function carriesEdits(state: LifecycleState): boolean {
  if (state.is === 'closing') return carriesEdits(state.within)
  return 'carries' in state && state.carries
}

/** Returns whether Postgres has said, since the object woke, that its ledger fits this log. */
export function isConfirmed(state: LifecycleState): boolean {
  if (state.is === 'closing') return isConfirmed(state.within)
  return 'confirmed' in state && state.confirmed
}

/** Returns whether all data is here, and every edit of earlier logs was taken. */
export function isComplete(state: LifecycleState): boolean {
  if (state.is === 'closing') return isComplete(state.within)
  return state.is === 'ready' || (state.is === 'fenced' && state.isComplete)
}
