import { setTimeout as pause } from 'node:timers/promises'
import type { Figure } from '../../dev/harness/figure.ts'
import { Random } from '../../dev/harness/random.ts'
import { openSession } from '../../dev/harness/session.ts'
import { until } from '../../dev/harness/until.ts'
import { open } from '../../dev/invoices/person.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { type Arrivals, watchArrivals } from '../clients/arrivals.ts'
import { rounded } from '../load/numbers.ts'

const TENANT = 'acme'

/** A tenant that no object serves. */
const PLAIN = 'plain'

const WRITERS = 4
const NUDGED_CHANGES = 400
/** Longest pause of a writer between two nudged changes, in ms. */
const NUDGED_PAUSE_MS = 40

/** Changes without a nudge: some hundred, over the time of twenty looks. */
const PACED_CHANGES = 400
const PACED_PAUSE_MS = 1_000

const GOAL_NUDGED_MS = 1_000
const GOAL_PACED_MS = 5_000

const SEED = 17

/** How soon a change made in Postgres is on a client's screen. */
export const externalLatency: Figure<'nudgedP99Ms' | 'pacedP99Ms' | 'floorP99Ms' | 'ratio'> = {
  name: 'outside-latency',
  about:
    'from just before the COMMIT of an SQL change until a client of the real library shows it: after a nudge, and without one while the client was active in the last two minutes; as the floor, until another SQL session that does nothing but look has read it, and the ratio of the nudged to that',
  fields: ['nudgedP99Ms', 'pacedP99Ms', 'floorP99Ms', 'ratio'],
  goal: `nudgedP99Ms < ${GOAL_NUDGED_MS} and pacedP99Ms < ${GOAL_PACED_MS}`,
  async measure(report) {
    await using stack = await startStack()
    const ada = await open(stack, 'ada')
    const arrivals = watchArrivals(ada.db)
    try {
      const nudged = await measureChanges(stack, arrivals, 'nudged')
      report(
        `${nudged.length} nudged changes: median ${centile(nudged, 0.5)} ms, worst ${centile(nudged, 1)} ms`,
      )
      // Her last frame for now: she stays active for two minutes, and nothing else makes the object look.
      const { committed } = ada.db.contacts.insert({ id: 'activity', name: 'Activity' })
      await committed
      const paced = await measureChanges(stack, arrivals, 'paced')
      report(`${paced.length} other changes: median ${centile(paced, 0.5)} ms, worst ${centile(paced, 1)} ms`)
      const plain = await measurePlain(stack)
      report(`${plain.length} in plain SQL: median ${centile(plain, 0.5)} ms, worst ${centile(plain, 1)} ms`)
      const [nudgedP99Ms, pacedP99Ms, floorP99Ms] = [
        centile(nudged, 0.99),
        centile(paced, 0.99),
        centile(plain, 0.99),
      ]
      return {
        fields: { nudgedP99Ms, pacedP99Ms, floorP99Ms, ratio: rounded(nudgedP99Ms / floorP99Ms) },
        input: { nudged: nudged.length, paced: paced.length, writers: WRITERS, seed: SEED },
        ok: nudgedP99Ms < GOAL_NUDGED_MS && pacedP99Ms < GOAL_PACED_MS,
      }
    } finally {
      arrivals.stop()
      ada.close()
    }
  },
}

/** Milliseconds of each change, from before its COMMIT until the client shows it. */
async function measureChanges(stack: Stack, arrivals: Arrivals, how: 'nudged' | 'paced'): Promise<number[]> {
  const [changes, longestPause] =
    how === 'nudged' ? [NUDGED_CHANGES, NUDGED_PAUSE_MS] : [PACED_CHANGES, PACED_PAUSE_MS]
  const made = new Map<string, number>()
  const write = async (writer: number) => {
    const random = new Random(SEED + writer)
    await using session = await openSession(stack.connectionString)
    for (let change = 0; change < changes / WRITERS; change++) {
      await pause(random.whole(0, longestPause))
      const id = `${how}-${writer}-${change}`
      await session.query('BEGIN')
      await session.query('INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, $2)', [TENANT, id])
      made.set(id, performance.now())
      await session.query('COMMIT')
      if (how === 'nudged') await stack.nudge(TENANT)
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
  await until('the client shows every change', () =>
    [...made.keys()].every((id) => arrivals.of(id) !== undefined),
  )
  return [...made].map(([id, at]) => (arrivals.of(id) ?? Number.POSITIVE_INFINITY) - at)
}

/** Milliseconds of changes at the same pace, from before the COMMIT until a session that only looks has read each. */
async function measurePlain(stack: Stack): Promise<number[]> {
  const made = new Map<string, number>()
  const times: number[] = []
  const write = async (writer: number) => {
    const random = new Random(SEED + writer)
    await using session = await openSession(stack.connectionString)
    for (let change = 0; change < NUDGED_CHANGES / WRITERS; change++) {
      await pause(random.whole(0, NUDGED_PAUSE_MS))
      const id = `plain-${writer}-${change}`
      await session.query('BEGIN')
      await session.query('INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, $2)', [PLAIN, id])
      made.set(id, performance.now())
      await session.query('COMMIT')
    }
  }
  const look = async () => {
    await using session = await openSession(stack.connectionString)
    const read = new Set<string>()
    while (read.size < NUDGED_CHANGES) {
      const { rows } = await session.query(
        'SELECT id FROM contacts WHERE tenant_id = $1 AND NOT id = ANY ($2)',
        [PLAIN, [...read]],
      )
      const now = performance.now()
      for (const { id } of rows) {
        read.add(id)
        times.push(now - (made.get(id) ?? Number.NaN))
      }
    }
  }
  await Promise.all([look(), ...Array.from({ length: WRITERS }, (_, writer) => write(writer))])
  return times
}

/** The value below which a share of the numbers lies, in whole ms. */
function centile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return Math.ceil(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.POSITIVE_INFINITY)
}
