import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clockMark, nearestTime } from '../../../src/protocol/clock-mark.ts'
import { ServerClock } from '../../src/metrics/server-clock.ts'

const BASE = 1_795_000_000_000
const ms = (max: number) => fc.nat({ max })

describe('the server’s clock', () => {
  it('MET-30 is known from round trips, wrong by half of the shortest at most', () => {
    const trip = fc.record({ up: ms(500), down: ms(500), pause: ms(5_000) })
    fc.assert(
      fc.property(
        fc.integer({ min: -400_000_000, max: 400_000_000 }),
        fc.array(trip, { minLength: 1, maxLength: 20 }),
        (ahead, trips) => {
          const clock = new ServerClock()
          let now = BASE
          for (const { up, down, pause } of trips) {
            const sentAt = now
            now += up + down
            clock.answered(sentAt, sentAt + up + ahead, now)
            now += pause
          }
          const known = (clock.timeOf(clockMark(now + ahead), now) ?? Number.NaN) - (now + ahead)
          expect(known).toBe(0)
          const age = clock.since(clockMark(now + ahead - 1_000), now) ?? Number.NaN
          expect(Math.abs(age - 1_000)).toBeLessThanOrEqual(clock.error ?? Number.NaN)
          expect(clock.error).toBe(Math.min(...trips.map(({ up, down }) => (up + down) / 2)))
        },
      ),
    )
  })

  it('MET-30 is corrected by what seems to arrive before it was sent', () => {
    const clock = new ServerClock()
    clock.answered(BASE, BASE + 100, BASE + 200)
    // The server's clock was set ahead by a second.
    expect(clock.since(clockMark(BASE + 2_000), BASE + 1_000)).toBe(0)
    expect(clock.since(clockMark(BASE + 3_000), BASE + 2_250)).toBe(250)
  })

  it('MET-30 a mark stands for the time with it that is nearest', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: BASE, max: BASE + 10 ** 9 }),
        fc.integer({ min: -49_000, max: 49_000 }),
        (at, off) => {
          expect(nearestTime(clockMark(at), at + off)).toBe(at)
        },
      ),
    )
  })

  it('MET-30 tells nothing before anything was said', () => {
    expect(new ServerClock().since(5, BASE)).toBeUndefined()
  })
})
