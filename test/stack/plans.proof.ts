import process from 'node:process'
import { expect, it } from 'vitest'
import { playPlans, tellPlayed } from '../simulation/real/play-plans.ts'
import { Processes } from '../simulation/real/processes.ts'
import { startFaultEndpoint } from '../support/fault-endpoint.ts'
import { Random } from '../support/random.ts'
import { startStack } from '../support/stack.ts'

const PLANS = 10
const OPERATIONS = 400
const SPEED = 10

/** Enough that each process is struck under load. */
const RATES = { outage: 0.006, sleep: 0.01, replaced: 0.01 }

it('SIM-8 the same plans hold on real processes that are killed and stopped', async () => {
  await using faults = await startFaultEndpoint()
  await using stack = await startStack({ faults })
  const ground = new Processes(stack, faults)
  const played = await playPlans({
    ground,
    operations: OPERATIONS,
    speed: SPEED,
    rates: RATES,
    nameOf({ seed, rates }) {
      ground.loseCalls(rates, new Random(seed))
      return `s${seed}`
    },
    goesOn: ({ plans }) => plans < PLANS,
  })
  const { workerKills, stops, postgresKills } = ground.struck
  const lost = faults.counts['drop-request'] + faults.counts['drop-answer'] + faults.counts['fail-answer']
  const kills = `${workerKills} kills of the Worker, ${stops} stops, ${postgresKills} kills of Postgres`
  for (const line of tellPlayed(played, `${kills}, ${lost} calls or answers lost`))
    process.stdout.write(`processes: ${line}\n`)
  expect(played.violations).toEqual([])
  expect(Math.min(workerKills, stops, postgresKills, lost)).toBeGreaterThan(0)
}, 600_000)
