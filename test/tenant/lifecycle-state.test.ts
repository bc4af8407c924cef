import { describe, expect, it } from 'vitest'
import {
  carriesEdits,
  isComplete,
  isConfirmed,
  type Legal,
  type LifecycleEvent,
  type LifecycleState,
  legalIn,
  type OpenState,
  transition,
  wokenState,
} from '../../src/tenant/lifecycle-state.ts'

/** Each state with each of what it can carry. A new one does not compile without its samples. */
const open = {
  claiming: {
    claiming: { is: 'claiming', carries: false },
    'claiming, carrying': { is: 'claiming', carries: true },
  },
  loading: {
    loading: { is: 'loading', carries: false, confirmed: false },
    'loading, carrying': { is: 'loading', carries: true, confirmed: false },
    'loading, confirmed': { is: 'loading', carries: false, confirmed: true },
    'loading, carrying, confirmed': { is: 'loading', carries: true, confirmed: true },
  },
  ready: {
    ready: { is: 'ready', confirmed: false },
    'ready, confirmed': { is: 'ready', confirmed: true },
  },
  fenced: {
    fenced: { is: 'fenced', carries: false, isComplete: true },
    'fenced, incomplete': { is: 'fenced', carries: false, isComplete: false },
    'fenced, incomplete, carrying': { is: 'fenced', carries: true, isComplete: false },
  },
} as const satisfies {
  readonly [Is in OpenState['is']]: Readonly<Record<string, Extract<OpenState, { is: Is }>>>
}

type NamesIn<Groups> = { [Is in keyof Groups]: keyof Groups[Is] & string }[keyof Groups]
type OpenName = NamesIn<typeof open>
type Phase = Extract<LifecycleState, { is: 'closing' }>['phase']
type State = Exclude<LifecycleState['is'], OpenState['is'] | 'closing'> | OpenName | `${Phase} ${OpenName}`

const openStates: Readonly<Record<OpenName, OpenState>> = {
  ...open.claiming,
  ...open.loading,
  ...open.ready,
  ...open.fenced,
}
const openNames = namesOf(openStates)

/** Each event with each of what it can say. A new one does not compile without its samples. */
const events = {
  founded: { founded: { is: 'founded' } },
  claimed: {
    claimed: { is: 'claimed', carries: false },
    'claimed, carrying': { is: 'claimed', carries: true },
  },
  loaded: { loaded: { is: 'loaded' } },
  confirmed: { confirmed: { is: 'confirmed' } },
  diverged: {
    diverged: { is: 'diverged', carries: false },
    'diverged, carrying': { is: 'diverged', carries: true },
  },
  fenced: { fenced: { is: 'fenced' } },
  closing: {
    'closing to settle': { is: 'closing', phase: 'settling' },
    'closing to empty': { is: 'closing', phase: 'emptying' },
  },
  settled: { settled: { is: 'settled' } },
  reopened: { reopened: { is: 'reopened' } },
  emptied: { emptied: { is: 'emptied' } },
} as const satisfies {
  readonly [Is in LifecycleEvent['is']]: Readonly<Record<string, Extract<LifecycleEvent, { is: Is }>>>
}

type Event = NamesIn<typeof events>

const allEvents: Readonly<Record<Event, LifecycleEvent>> = {
  ...events.founded,
  ...events.claimed,
  ...events.loaded,
  ...events.confirmed,
  ...events.diverged,
  ...events.fenced,
  ...events.closing,
  ...events.settled,
  ...events.reopened,
  ...events.emptied,
}

/** The state that follows, or `-` where the event changes nothing. */
type Expected = State | '-'

const nothing: Readonly<Record<Event, '-'>> = {
  founded: '-',
  claimed: '-',
  'claimed, carrying': '-',
  loaded: '-',
  confirmed: '-',
  diverged: '-',
  'diverged, carrying': '-',
  fenced: '-',
  'closing to settle': '-',
  'closing to empty': '-',
  settled: '-',
  reopened: '-',
  emptied: '-',
}

const ended = { diverged: 'claiming', 'diverged, carrying': 'claiming, carrying' } as const
const claimed = {
  claimed: 'loading, confirmed',
  'claimed, carrying': 'loading, carrying, confirmed',
} as const

/** Events that say something of the tenant's log, as each state takes them; those that close it are below. */
const onLog: Readonly<Record<OpenName, Partial<Record<Event, OpenName>>>> = {
  claiming: claimed,
  'claiming, carrying': claimed,
  loading: { ...ended, loaded: 'ready', confirmed: 'loading, confirmed', fenced: 'fenced, incomplete' },
  'loading, carrying': {
    ...ended,
    loaded: 'ready',
    confirmed: 'loading, carrying, confirmed',
    fenced: 'fenced, incomplete, carrying',
  },
  'loading, confirmed': { ...ended, loaded: 'ready, confirmed', fenced: 'fenced, incomplete' },
  'loading, carrying, confirmed': {
    ...ended,
    loaded: 'ready, confirmed',
    fenced: 'fenced, incomplete, carrying',
  },
  ready: { ...ended, confirmed: 'ready, confirmed', fenced: 'fenced' },
  'ready, confirmed': { ...ended, fenced: 'fenced' },
  fenced: {},
  'fenced, incomplete': {},
  'fenced, incomplete, carrying': {},
}

const table: Record<State, Record<Event, Expected>> = {
  unfounded: { ...nothing, founded: 'claiming' },
  ...rows(
    (name) => name,
    (name) => ({
      ...nothing,
      ...onLog[name],
      'closing to settle': `settling ${name}`,
      'closing to empty': `emptying ${name}`,
    }),
  ),
  ...rows(
    (name) => `settling ${name}` as const,
    (name) => ({
      ...whileClosing('settling', name),
      settled: `emptying ${name}`,
      reopened: name,
      emptied: 'unfounded',
    }),
  ),
  ...rows(
    (name) => `emptying ${name}` as const,
    (name) => ({ ...whileClosing('emptying', name), reopened: name, emptied: 'unfounded' }),
  ),
}

/** What happens while the tenant is closed moves the state in which it goes on. */
function whileClosing(phase: Phase, name: OpenName): Record<Event, Expected> {
  const row: Record<Event, Expected> = { ...nothing }
  for (const event of namesOf(allEvents)) {
    const next = onLog[name][event]
    if (next) row[event] = `${phase} ${next}`
  }
  return row
}

function rows<Name extends State>(nameOf: (name: OpenName) => Name, row: (name: OpenName) => Row) {
  const made: [Name, Row][] = openNames.map((name) => [nameOf(name), row(name)])
  return Object.fromEntries(made) as Record<Name, Row>
}

type Row = Record<Event, Expected>

function namesOf<Name extends string>(record: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(record).filter((name): name is Name => name in record)
}

const states: Readonly<Record<State, LifecycleState>> = {
  unfounded: { is: 'unfounded' },
  ...openStates,
  ...closingStates('settling'),
  ...closingStates('emptying'),
}

function closingStates<Of extends Phase>(phase: Of) {
  const made = openNames.map((name): [`${Of} ${OpenName}`, LifecycleState] => [
    `${phase} ${name}`,
    { is: 'closing', phase, within: openStates[name] },
  ])
  return Object.fromEntries(made) as Record<`${Of} ${OpenName}`, LifecycleState>
}

describe('every state and every event', () => {
  const cells = namesOf(states).flatMap((state) => namesOf(allEvents).map((event) => ({ state, event })))

  it('LCS-1 are in the table', () => {
    expect(namesOf(table).toSorted()).toEqual(namesOf(states).toSorted())
    expect(cells).toHaveLength((1 + 3 * openNames.length) * namesOf(allEvents).length)
  })

  it.each(cells)('LCS-1 $state, then $event', ({ state, event }) => {
    const before = states[state]
    const expected = table[state][event]
    const after = transition(before, allEvents[event])
    if (expected === '-') expect(after).toBe(before)
    else expect(after).toEqual(states[expected])
  })
})

/** The acts that are legal, by name. A new state or act does not compile without being said here. */
const acts: Readonly<Record<keyof Legal, true>> = {
  sockets: true,
  edits: true,
  loads: true,
  drains: true,
  nudges: true,
  operations: true,
}

const legal: Readonly<Record<OpenState['is'], readonly (keyof Legal)[]>> = {
  claiming: ['loads', 'nudges', 'operations'],
  loading: ['sockets', 'loads', 'nudges', 'operations'],
  ready: ['sockets', 'edits', 'drains', 'nudges', 'operations'],
  fenced: ['operations'],
}

const settling: Readonly<Record<OpenState['is'], readonly (keyof Legal)[]>> = {
  claiming: ['loads'],
  loading: ['loads'],
  ready: ['drains'],
  fenced: [],
}

describe('what is legal', () => {
  const actsIn = (state: LifecycleState) => namesOf(acts).filter((act) => legalIn(state)[act])

  it('LCS-2 before there is a tenant is nothing', () => {
    expect(actsIn({ is: 'unfounded' })).toEqual([])
  })

  it.each(openNames)('LCS-2 follows from the state: %s', (name) => {
    const within = openStates[name]
    expect(actsIn(within)).toEqual(legal[within.is])
    expect(actsIn({ is: 'closing', phase: 'settling', within })).toEqual(settling[within.is])
    expect(actsIn({ is: 'closing', phase: 'emptying', within })).toEqual([])
  })

  it('LCS-2 is asked of data and edits likewise, also while the tenant is closed', () => {
    const facts = (state: LifecycleState) => [isComplete(state), isConfirmed(state), carriesEdits(state)]
    expect(facts({ is: 'unfounded' })).toEqual([false, false, false])
    const expected: Readonly<Record<OpenName, readonly [boolean, boolean, boolean]>> = {
      claiming: [false, false, false],
      'claiming, carrying': [false, false, true],
      loading: [false, false, false],
      'loading, carrying': [false, false, true],
      'loading, confirmed': [false, true, false],
      'loading, carrying, confirmed': [false, true, true],
      ready: [true, false, false],
      'ready, confirmed': [true, true, false],
      fenced: [true, false, false],
      'fenced, incomplete': [false, false, false],
      'fenced, incomplete, carrying': [false, false, true],
    }
    for (const name of openNames) {
      const within = openStates[name]
      expect([name, facts(within)]).toEqual([name, expected[name]])
      expect([name, facts({ is: 'closing', phase: 'emptying', within })]).toEqual([name, expected[name]])
    }
  })
})

it('LCS-3 after a wake the state follows from what is stored, and nothing is taken for confirmed', () => {
  const stored = { tenant: 'acme', claimed: true, hydrating: false, carries: false }
  expect(wokenState({ ...stored, tenant: undefined, claimed: false })).toEqual(states.unfounded)
  expect(wokenState({ ...stored, claimed: false, hydrating: true })).toEqual(states.claiming)
  const ended = { ...stored, claimed: false, hydrating: true, carries: true }
  expect(wokenState(ended)).toEqual(states['claiming, carrying'])
  expect(wokenState({ ...stored, hydrating: true })).toEqual(states.loading)
  const carrying = { ...stored, hydrating: true, carries: true }
  expect(wokenState(carrying)).toEqual(states['loading, carrying'])
  expect(wokenState(stored)).toEqual(states.ready)
})
