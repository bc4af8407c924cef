import { describe, expect, it } from 'vitest'
import { CLOSE, wireError } from '../../../src/protocol/errors.ts'
import {
  type ConnectionEvent,
  type ConnectionState,
  STABLE_MS,
  transition,
} from '../../src/connection/connection.ts'

const error = wireError('internal', 'why')

const states = {
  waiting: { is: 'waiting', failures: 2, retryAt: 5_000, error },
  authorizing: { is: 'authorizing', failures: 2, reason: 'connect' },
  'authorizing again': { is: 'authorizing', failures: 2, reason: 'refused' },
  opening: { is: 'opening', failures: 2, token: 't', refreshed: false },
  'opening again': { is: 'opening', failures: 2, token: 't', refreshed: true },
  'catching-up': { is: 'catching-up', failures: 2, refreshed: false },
  live: { is: 'live', failures: 2, refreshed: false, since: 4_000 },
  'needs-auth': { is: 'needs-auth', error },
  'update-required': { is: 'update-required', error },
  closed: { is: 'closed' },
} as const satisfies Record<string, ConnectionState>

const events = {
  due: { is: 'due' },
  token: { is: 'token', token: 't' },
  nobody: { is: 'nobody', error },
  'token-failed': { is: 'token-failed', error },
  welcomed: { is: 'welcomed' },
  'caught-up': { is: 'caught-up' },
  behind: { is: 'behind' },
  lost: { is: 'dropped', code: 1006 },
  unauthenticated: { is: 'dropped', code: CLOSE.auth },
  revoked: { is: 'dropped', code: CLOSE.auth, error: wireError('revoked', 'It was ended.') },
  forbidden: { is: 'dropped', code: CLOSE.forbidden },
  replaced: { is: 'dropped', code: CLOSE.replaced },
  'too-old': { is: 'dropped', code: CLOSE.tooOld },
  busy: { is: 'dropped', code: CLOSE.busy, error },
  woke: { is: 'woke' },
  stuck: { is: 'stuck' },
  retry: { is: 'retry' },
  'closed-by-caller': { is: 'closed-by-caller' },
} as const satisfies Record<string, ConnectionEvent>

type State = keyof typeof states
type Event = keyof typeof events

/**
 * The state that follows, or `-` where the event changes nothing. A new state or event does not compile without its
 * row.
 */
type Expected = ConnectionState['is'] | '-'

/** The ends a socket can come to, for the states that have one. */
const drops = {
  lost: 'waiting',
  unauthenticated: 'authorizing',
  revoked: 'closed',
  forbidden: 'closed',
  replaced: 'closed',
  'too-old': 'update-required',
  busy: 'waiting',
} as const satisfies Partial<Record<Event, Expected>>

const nothing = {
  due: '-',
  token: '-',
  nobody: '-',
  'token-failed': '-',
  welcomed: '-',
  'caught-up': '-',
  behind: '-',
  lost: '-',
  unauthenticated: '-',
  revoked: '-',
  forbidden: '-',
  replaced: '-',
  'too-old': '-',
  busy: '-',
  woke: '-',
  stuck: '-',
  retry: '-',
  'closed-by-caller': 'closed',
} as const satisfies Record<Event, Expected>

const asking = {
  ...nothing,
  token: 'opening',
  nobody: 'needs-auth',
  'token-failed': 'waiting',
  stuck: 'authorizing',
} as const

const table: Record<State, Record<Event, Expected>> = {
  waiting: { ...nothing, due: 'authorizing', woke: 'authorizing', retry: 'authorizing' },
  authorizing: asking,
  'authorizing again': asking,
  opening: { ...nothing, ...drops, welcomed: 'catching-up', stuck: 'authorizing' },
  'opening again': {
    ...nothing,
    ...drops,
    welcomed: 'catching-up',
    unauthenticated: 'needs-auth',
    stuck: 'authorizing',
  },
  'catching-up': { ...nothing, ...drops, 'caught-up': 'live' },
  live: { ...nothing, ...drops, behind: 'catching-up' },
  'needs-auth': { ...nothing, retry: 'authorizing' },
  'update-required': nothing,
  closed: { ...nothing, 'closed-by-caller': '-' },
}

const stateNames = Object.keys(states).filter((name): name is State => name in states)
const eventNames = Object.keys(events).filter((name): name is Event => name in events)

describe('every state and every event', () => {
  const cells = stateNames.flatMap((state) => eventNames.map((event) => ({ state, event })))

  it.each(cells)('CON-1 $state, then $event', ({ state, event }) => {
    const before: ConnectionState = states[state]
    const after = transition(before, events[event], { now: 5_000, random: 0.5 })
    expect(after === before ? '-' : after.is).toBe(table[state][event])
  })
})

const chance = { now: 100_000, random: 0.5 }

it('CON-2 a token that was refused is renewed once; if the fresh one is refused, a person is asked', () => {
  const refused = transition(states.opening, events.unauthenticated, chance)
  expect(refused).toEqual({ is: 'authorizing', failures: 2, reason: 'refused' })
  const again = transition(refused, events.token, chance)
  expect(again).toMatchObject({ is: 'opening', refreshed: true })
  expect(transition(again, events.unauthenticated, chance).is).toBe('needs-auth')
})

it('CON-2 a token that ends on a connection that proved good is renewed without asking', () => {
  const live: ConnectionState = { is: 'live', failures: 3, refreshed: true, since: chance.now - STABLE_MS }
  expect(transition(live, events.unauthenticated, chance).is).toBe('authorizing')
  const shaky: ConnectionState = { ...live, since: chance.now - STABLE_MS + 1 }
  expect(transition(shaky, events.unauthenticated, chance).is).toBe('needs-auth')
})

it('CON-3 only a connection that held for a while resets the delay', () => {
  const live: ConnectionState = { is: 'live', failures: 3, refreshed: false, since: chance.now - STABLE_MS }
  expect(transition(live, events.lost, chance)).toMatchObject({ failures: 1 })
  const shaky: ConnectionState = { ...live, since: chance.now - STABLE_MS + 1 }
  expect(transition(shaky, events.lost, chance)).toMatchObject({ failures: 4 })
})

it('CON-3 a server that names a delay is not asked before it is over', () => {
  const busy = {
    is: 'dropped',
    code: CLOSE.busy,
    error: wireError('busy', 'later', { retryAfterMs: 7_000 }),
  } as const
  const after = transition(states.live, busy, chance)
  expect(after.is === 'waiting' && after.retryAt - chance.now).toBeGreaterThanOrEqual(7_000)
})
