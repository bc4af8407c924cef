import { describe, expect, it } from 'vitest'
import {
  ACTIVE_MS,
  type Agenda,
  EXPIRY_WARNING_MS,
  nextAlarm,
  OUTBOX_CHECK_MS,
  warningAt,
} from '../../../src/core/schedule/next-alarm.ts'

const NOW = 1_000_000

const at = (agenda: Partial<Agenda>) =>
  nextAlarm({
    now: NOW,
    pending: false,
    dueAt: undefined,
    retryAt: undefined,
    renewAt: undefined,
    sessions: [],
    polls: undefined,
    ...agenda,
  })

describe('when the object is woken', () => {
  it('OUT-11 never, with nobody connected and nothing pending', () => {
    expect(at({})).toBeUndefined()
  })

  it('OUT-12 to poll for external changes 4 s after the last look while somebody is active', () => {
    expect(at({ polls: { polledAt: NOW, activeAt: NOW - ACTIVE_MS + 1 } })).toBe(NOW + 4_000)
    expect(at({ polls: { polledAt: NOW - 2_000, activeAt: NOW } })).toBe(NOW + 2_000)
  })

  it('OUT-12 and a minute after it while nobody is', () => {
    expect(at({ polls: { polledAt: NOW, activeAt: NOW - ACTIVE_MS } })).toBe(NOW + 60_000)
  })

  it('OUT-12 but not before a failed call may be repeated, and never in the past', () => {
    const polls = { polledAt: 0, activeAt: 0 }
    expect(at({ polls, retryAt: NOW + 9_000 })).toBe(NOW + 9_000)
    expect(at({ polls })).toBe(NOW)
  })

  it.each([
    [20, 15],
    [60, 45],
    [240, 180],
    [3_600, 3_540],
  ])('TEN-73 a token that lives for %i s is renewed after %i s, once', (seconds, after) => {
    expect(warningAt(NOW, NOW / 1_000 + seconds)).toBe(NOW + after * 1_000)
  })

  it('OUT-13 at the earliest of what is due', () => {
    const session = {
      expiresAt: (NOW + EXPIRY_WARNING_MS + 3_000) / 1_000,
      warnAt: NOW + 3_000,
      helloBy: undefined,
    }
    const polls = { polledAt: NOW, activeAt: 0 }
    expect(at({ pending: true })).toBe(NOW + OUTBOX_CHECK_MS)
    expect(at({ pending: true, polls, sessions: [session] })).toBe(NOW + 3_000)
    expect(at({ pending: true, polls, sessions: [{ ...session, helloBy: NOW + 500 }] })).toBe(NOW + 500)
  })
})
