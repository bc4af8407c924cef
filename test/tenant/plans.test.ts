import { expect, it } from 'vitest'
import { addCounts, noCounts, tellCounts } from '../simulation/judge.ts'
import { drawPlan } from '../simulation/plan.ts'
import { fastClock } from '../simulation/real/clock.ts'
import { RealWorld } from '../simulation/real/real-world.ts'
import { newTenant } from './peer.ts'
import { WorkerdGround } from './workerd-ground.ts'

/** Plans that are played at most. */
const SEEDS = 60
const OPERATIONS = 400

/** How many times faster than real time people and their links are. */
const SPEED = 20

/** Evictions and aborts of objects, all plans together. */
const EVICTIONS = 1_000

it('SIM-7 the same plans hold on real objects that are evicted, put to sleep and aborted', async () => {
  const ground = new WorkerdGround()
  const evictions = () => ground.struck.slept + ground.struck.evicted + ground.struck.aborted
  let [plans, operations, edits, checks] = [0, 0, 0, noCounts()]
  for (let seed = 1; seed <= SEEDS && evictions() < EVICTIONS; seed++) {
    plans++
    const drawn = drawPlan(seed, OPERATIONS)
    // What is lost for good has tests of its own, and here objects are struck after every third deed.
    const struck = { sleep: 0.2, replaced: 0.13, crashBefore: 0, crashAfter: 0.03, lostAlarm: 0, outage: 0 }
    const rates = { ...drawn.rates, ...struck, wiped: 0, restored: 0 }
    const plan = { ...drawn, rates, tokenMs: Number.MAX_SAFE_INTEGER }
    const world = new RealWorld(plan, { ground, clock: fastClock(SPEED), name: newTenant('p') })
    const report = await world.run()
    expect(report.violations).toEqual([])
    operations += report.operations
    edits += report.edits
    checks = addCounts(checks, report.checks)
  }
  const { slept, evicted, aborted } = ground.struck
  expect(evictions()).toBeGreaterThanOrEqual(EVICTIONS)
  const struck = `${slept} put to sleep, ${evicted} evicted, ${aborted} aborted`
  console.log(`workerd: ${plans} plans, ${operations} operations, ${edits} edits, ${struck}: 0 violations`)
  console.log(`workerd: checked ${tellCounts(checks)}`)
}, 600_000)
