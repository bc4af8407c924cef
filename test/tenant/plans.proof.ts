import { expect, it } from 'vitest'
import { playPlans, tellPlayed } from '../simulation/real/play-plans.ts'
import { newTenant } from './peer.ts'
import { WorkerdGround } from './workerd-ground.ts'

const OPERATIONS = 400
const SPEED = 20

/** Plans that are played at most. */
const PLANS = 60

/** Evictions and aborts of objects, all plans together. */
const EVICTIONS = 1_000

/** Objects are struck after every third deed. */
const RATES = {
  sleep: 0.2,
  replaced: 0.13,
  crashBefore: 0,
  crashAfter: 0.03,
  lostAlarm: 0,
  deploy: 0,
  outage: 0,
}

it('SIM-7 the same plans hold on real objects that are evicted, put to sleep and aborted', async () => {
  const ground = new WorkerdGround()
  const evictions = () => ground.struck.slept + ground.struck.evicted + ground.struck.aborted
  const played = await playPlans({
    ground,
    operations: OPERATIONS,
    speed: SPEED,
    rates: RATES,
    nameOf: () => newTenant('p'),
    goesOn: ({ plans }) => plans < PLANS && evictions() < EVICTIONS,
  })
  const { slept, evicted, aborted } = ground.struck
  const struck = `${slept} put to sleep, ${evicted} evicted, ${aborted} aborted`
  for (const line of tellPlayed(played, struck)) console.log(`workerd: ${line}`)
  expect(played.violations).toEqual([])
  expect(evictions()).toBeGreaterThanOrEqual(EVICTIONS)
}, 600_000)
