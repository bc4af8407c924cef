import { describe, expect, it } from 'vitest'
import {
  type AlertEvent,
  type AlertState,
  type AlertStep,
  transition,
} from '../../../src/core/alerts/alert-state.ts'

const COOL_DOWN_MS = 10

/** When a state is judged: before the end of its cool-down, or at it. */
const [FIRED, BEFORE, AT_END] = [100, 205, 210]

const STATES = {
  ok: { is: 'ok' },
  firing: { is: 'firing', since: FIRED },
  cooling: { is: 'cooling', since: FIRED, until: AT_END },
} as const satisfies { readonly [Is in AlertState['is']]: Extract<AlertState, { is: Is }> }

/** What follows from each state and event, before a cool-down is over and after. One that is new does not compile. */
const TABLE: Readonly<
  Record<AlertState['is'], Readonly<Record<AlertEvent, readonly [AlertStep, AlertStep]>>>
> = {
  ok: {
    breached: [
      { state: { is: 'firing', since: BEFORE }, news: 'fired' },
      { state: { is: 'firing', since: AT_END }, news: 'fired' },
    ],
    cleared: [{ state: STATES.ok }, { state: STATES.ok }],
    time: [{ state: STATES.ok }, { state: STATES.ok }],
  },
  firing: {
    breached: [{ state: STATES.firing }, { state: STATES.firing }],
    cleared: [
      { state: { is: 'cooling', since: FIRED, until: BEFORE + COOL_DOWN_MS } },
      { state: { is: 'cooling', since: FIRED, until: AT_END + COOL_DOWN_MS } },
    ],
    time: [{ state: STATES.firing }, { state: STATES.firing }],
  },
  cooling: {
    breached: [{ state: STATES.firing }, { state: STATES.firing }],
    cleared: [{ state: STATES.cooling }, { state: STATES.ok, news: 'resolved' }],
    time: [{ state: STATES.cooling }, { state: STATES.ok, news: 'resolved' }],
  },
}

const CELLS = Object.entries(STATES).flatMap(([is, state]) =>
  Object.entries(TABLE[state.is]).flatMap(([event, steps]) =>
    [BEFORE, AT_END].map((now, i) => ({ is, state, event, now, step: steps[i] })),
  ),
)

const isEvent = (event: string): event is AlertEvent => Object.hasOwn(TABLE.ok, event)

describe('an alert', () => {
  it.each(CELLS)('ALR-1 that is $is, $event at $now', ({ state, event, now, step }) => {
    expect(isEvent(event) && transition(state, event, now, COOL_DOWN_MS)).toEqual(step)
  })

  it('ALR-1 stays the same value where nothing follows', () => {
    expect(transition(STATES.firing, 'breached', BEFORE, 0).state).toBe(STATES.firing)
    expect(transition(STATES.ok, 'cleared', BEFORE, 0).state).toBe(STATES.ok)
  })

  it('ALR-2 fires once and resolves once, however its figure flutters within the cool-down', () => {
    const news: string[] = []
    let state: AlertState = STATES.ok
    const happens = (event: AlertEvent, now: number) => {
      const step = transition(state, event, now, COOL_DOWN_MS)
      state = step.state
      if (step.news) news.push(`${step.news} ${now}`)
    }
    for (let now = 0; now < 50; now++) happens(now % 9 < 2 ? 'breached' : 'cleared', now)
    expect(news).toEqual(['fired 0'])
    for (let now = 50; now < 80; now++) happens('time', now)
    expect(news).toEqual(['fired 0', 'resolved 57'])
  })

  it('ALR-2 without a cool-down resolves at once', () => {
    expect(transition(STATES.firing, 'cleared', BEFORE, 0)).toEqual({ state: STATES.ok, news: 'resolved' })
  })
})
