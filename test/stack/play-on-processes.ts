import { expect } from 'vitest'
import { startFaultEndpoint } from '../../dev/harness/fault-endpoint.ts'
import { Random } from '../../dev/harness/random.ts'
import { playPlans, tellPlayed } from '../simulation/real/play-plans.ts'
import { Processes } from '../simulation/real/processes.ts'
import { startStack } from '../support/stack.ts'

const OPERATIONS = 400
const SPEED = 10

/**
 * Plays so many plans on processes.
 *
 * @param options.often how much more often processes are struck: each has to be, under load, at least once
 * @returns what it came to, line by line
 */
export async function playOnProcesses(
  plans: number,
  { often = 1, progress = () => {} }: { often?: number; progress?: (done: number, of: number) => void } = {},
): Promise<string[]> {
  await using faults = await startFaultEndpoint()
  await using stack = await startStack({ faults })
  const ground = new Processes(stack, faults)
  const played = await playPlans({
    ground,
    operations: OPERATIONS,
    speed: SPEED,
    rates: { outage: 0.006 * often, sleep: 0.01 * often, replaced: 0.01 * often },
    nameOf({ seed, rates }) {
      ground.loseCalls(rates, new Random(seed))
      return `s${seed}`
    },
    goesOn(soFar) {
      progress(soFar.plans, plans)
      return soFar.plans < plans
    },
  })
  const { workerKills, stops, postgresKills } = ground.struck
  const lost = faults.counts['drop-request'] + faults.counts['drop-answer'] + faults.counts['fail-answer']
  const kills = `${workerKills} kills of the Worker, ${stops} stops, ${postgresKills} kills of Postgres`
  expect(played.violations).toEqual([])
  expect(Math.min(workerKills, stops, postgresKills, lost)).toBeGreaterThan(0)
  return tellPlayed(played, `${kills}, ${lost} calls or answers lost`)
}
