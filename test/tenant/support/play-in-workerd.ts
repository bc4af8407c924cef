import { expect } from 'vitest'
import { playPlans, tellPlayed } from '../../simulation/real/play-plans.ts'
import { newTenant } from './peer.ts'
import { WorkerdGround } from './workerd-ground.ts'

const OPERATIONS = 400
const SPEED = 20

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

/** Deeds that have to make one eviction, at the least. */
const OPERATIONS_EACH = 24

/**
 * Plays plans on objects in workerd until so many have been evicted, put to sleep or aborted.
 *
 * @returns what it came to, line by line
 */
export async function playInWorkerd(
  evictions: number,
  progress: (done: number, of: number) => void = () => {},
): Promise<string[]> {
  const ground = new WorkerdGround()
  const struck = () => ground.struck.slept + ground.struck.evicted + ground.struck.aborted
  const played = await playPlans({
    ground,
    operations: OPERATIONS,
    speed: SPEED,
    rates: RATES,
    nameOf: () => newTenant('p'),
    goesOn({ operations }) {
      progress(Math.min(struck(), evictions), evictions)
      return struck() < evictions && operations < OPERATIONS + evictions * OPERATIONS_EACH
    },
  })
  expect(played.violations).toEqual([])
  expect(struck()).toBeGreaterThanOrEqual(evictions)
  const { slept, evicted, aborted } = ground.struck
  return tellPlayed(played, `${slept} put to sleep, ${evicted} evicted, ${aborted} aborted`)
}
