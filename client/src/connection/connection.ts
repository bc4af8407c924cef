import { CLOSE, type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { TokenRequest } from '../api/types.ts'
import { backoffMs } from './backoff.ts'

/**
 * The connection as a machine: what can be, what can happen, and what follows. Pure; the connector
 * acts on the states it yields.
 *
 *   authorizing -> opening -> catching-up -> live
 *        ^            |            |           |
 *        +-- waiting <+------------+-----------+      any loss that time may heal
 *
 * `needs-auth` waits for a person to sign in; `update-required` and `closed` are final.
 */
export type ConnectionState =
  /** Until the next attempt. */
  | {
      readonly is: 'waiting'
      readonly failures: number
      readonly retryAt: number
      readonly error: WireError
    }
  /** The application is asked for a token. */
  | {
      readonly is: 'authorizing'
      readonly failures: number
      readonly reason: Exclude<TokenRequest['reason'], 'expiring'>
    }
  /** The socket opens, hello goes up. `refreshed`: the token was made because the last one was refused. */
  | { readonly is: 'opening'; readonly failures: number; readonly token: string; readonly refreshed: boolean }
  /** Welcomed; what happened meanwhile is on its way. */
  | { readonly is: 'catching-up'; readonly failures: number; readonly refreshed: boolean }
  | { readonly is: 'live'; readonly failures: number; readonly refreshed: boolean; readonly since: number }
  | { readonly is: 'needs-auth'; readonly error: WireError }
  | { readonly is: 'update-required'; readonly error: WireError }
  | { readonly is: 'closed'; readonly error?: WireError }

export type ConnectionEvent =
  /** It is time for the next attempt. */
  | { readonly is: 'due' }
  | { readonly is: 'token'; readonly token: string }
  /** Nobody is signed in. */
  | { readonly is: 'nobody'; readonly error: WireError }
  | { readonly is: 'token-failed'; readonly error: WireError }
  | { readonly is: 'welcomed' }
  /** Every live query is at the head. */
  | { readonly is: 'caught-up' }
  /** A live query has to be fetched again. */
  | { readonly is: 'behind' }
  /** The socket ended, or nothing answered in time. `error` is what the server last said about it. */
  | { readonly is: 'dropped'; readonly code: number; readonly error?: WireError }
  /** The page came to the front, or the network came back. */
  | { readonly is: 'woke' }
  /** An attempt from before that has come no further: what it waits for may have gone with the old network. */
  | { readonly is: 'stuck' }
  /** A person asks for it. */
  | { readonly is: 'retry' }
  | { readonly is: 'closed-by-caller' }

/** Time and chance, which a transition needs of the outside. */
export type Chance = { readonly now: number; readonly random: number }

/** Milliseconds after which a live connection counts as good, so that the next loss starts from a short delay. */
export const STABLE_MS = 5_000

/** The state that follows; the same object when nothing changes. */
export function transition(state: ConnectionState, event: ConnectionEvent, chance: Chance): ConnectionState {
  if (event.is === 'closed-by-caller') return state.is === 'closed' ? state : { is: 'closed' }
  switch (state.is) {
    case 'waiting':
      return event.is === 'due' || event.is === 'woke' || event.is === 'retry'
        ? attempt(state.failures)
        : state
    case 'authorizing':
      return whileAuthorizing(state, event, chance)
    case 'opening':
      if (event.is === 'stuck')
        return {
          is: 'authorizing',
          failures: state.failures,
          reason: state.refreshed ? 'refused' : 'connect',
        }
      if (event.is === 'welcomed')
        return { is: 'catching-up', failures: state.failures, refreshed: state.refreshed }
      return event.is === 'dropped' ? afterDrop(state, event, chance) : state
    case 'catching-up':
      if (event.is === 'caught-up') return { ...state, is: 'live', since: chance.now }
      return event.is === 'dropped' ? afterDrop(state, event, chance) : state
    case 'live':
      if (event.is === 'behind') return { is: 'catching-up', ...historyOf(state, chance) }
      return event.is === 'dropped' ? afterDrop(historyOf(state, chance), event, chance) : state
    case 'needs-auth':
      return event.is === 'retry' ? attempt(0) : state
    case 'update-required':
    case 'closed':
      return state
  }
}

type In<Is extends ConnectionState['is']> = Extract<ConnectionState, { is: Is }>
type Dropped = Extract<ConnectionEvent, { is: 'dropped' }>

function whileAuthorizing(state: In<'authorizing'>, event: ConnectionEvent, chance: Chance): ConnectionState {
  switch (event.is) {
    case 'token':
      return {
        is: 'opening',
        failures: state.failures,
        token: event.token,
        refreshed: state.reason === 'refused',
      }
    case 'nobody':
      return { is: 'needs-auth', error: event.error }
    case 'token-failed':
      return wait(state.failures, chance, event.error)
    case 'stuck':
      // Another object, so that the same state is entered anew: the provider is asked once more.
      return { ...state }
    default:
      return state
  }
}

function attempt(failures: number): ConnectionState {
  return { is: 'authorizing', failures, reason: 'connect' }
}

/** What counts against the next attempt: nothing, once a connection has proved good. */
type History = { readonly failures: number; readonly refreshed: boolean }

function historyOf({ since, failures, refreshed }: In<'live'>, { now }: Chance): History {
  return now - since >= STABLE_MS ? { failures: 0, refreshed: false } : { failures, refreshed }
}

function afterDrop({ failures, refreshed }: History, event: Dropped, chance: Chance): ConnectionState {
  switch (event.code) {
    case CLOSE.auth:
      // Another token would be one of the same sign-in, which was ended.
      if (event.error?.code === 'revoked') return { is: 'closed', error: event.error }
      return refreshed
        ? {
            is: 'needs-auth',
            error: event.error ?? wireError('unauthenticated', 'A fresh token was refused, too.'),
          }
        : { is: 'authorizing', failures, reason: 'refused' }
    case CLOSE.forbidden:
      return {
        is: 'closed',
        error: event.error ?? wireError('forbidden', 'The server does not let this client in.'),
      }
    case CLOSE.replaced:
      return { is: 'closed', error: event.error ?? wireError('replaced', 'A newer session took over.') }
    case CLOSE.tooOld:
      return {
        is: 'update-required',
        error: event.error ?? wireError('version-unsupported', 'The application has to be reloaded.'),
      }
    default:
      return wait(
        failures,
        chance,
        event.error ?? wireError('connection-lost', 'There is no connection to the server.'),
      )
  }
}

function wait(failures: number, { now, random }: Chance, error: WireError): ConnectionState {
  const retryAt = now + backoffMs(failures + 1, random, error.retryAfterMs)
  return { is: 'waiting', failures: failures + 1, retryAt, error }
}
