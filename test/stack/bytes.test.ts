import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Measured, measure, PLAIN_TENANT } from '../../bench/load/measure.ts'
import { type Database, startDatabase } from '../../bench/write-path/database.ts'

const SHORT = { rows: 1_024, warmUpMs: 1_000, measureMs: 1_500, subscribers: 10 }

let database: Database
let ours: { alone: Measured; burst: Measured }

beforeAll(async () => {
  database = await startDatabase(PLAIN_TENANT, SHORT.rows)
  const alone = await measure('tidemark', database, { ...SHORT, inFlight: 1 })
  ours = { alone, burst: await measure('tidemark', database, { ...SHORT, inFlight: 256 }) }
}, 60_000)

afterAll(() => database[Symbol.asyncDispose]())

// Bounds far from what is measured (docs/performance.md), so that a busy machine does not meet them and a
// mistake that makes the product several times as slow does.
it('SPD-1 a lone edit reaches everybody in a few times what a bare object takes', async () => {
  const floor = await measure('floor-a', database, { ...SHORT, inFlight: 1 })
  expect(ours.alone.p50 / floor.p50).toBeLessThan(6)
}, 60_000)

it('SPD-2 of a burst a good part of what a bare object manages is taken and delivered', async () => {
  const floor = await measure('floor-b', database, { ...SHORT, inFlight: 256 })
  expect(ours.burst.writesPerSecond / floor.writesPerSecond).toBeGreaterThan(0.12)
}, 60_000)

it('SPD-3 an edit of one short field takes few bytes on the way to a reader', () => {
  expect(ours.alone.bytes).toBeLessThan(62)
  expect(ours.burst.bytes).toBeLessThan(40)
})
