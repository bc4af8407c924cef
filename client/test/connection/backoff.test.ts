import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { backoffMs } from '../../src/connection/backoff.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'

it('CON-4 a delay lies between nothing and a range that doubles up to 30 s', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, random) => {
        const ms = backoffMs(failures, random)
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThan(Math.min(30_000, 1_000 * 2 ** (failures - 1)))
      },
    ),
    { seed: 7 },
  )
})

it('CON-4 clients that were cut off together come back spread over the whole range', () => {
  const { random } = new FakeEnvironment(42)
  const tenths = new Set(Array.from({ length: 300 }, () => Math.floor(backoffMs(1, random()) / 100)))
  expect(tenths.size).toBe(10)
})
