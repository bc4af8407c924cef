import type { Client } from '../../client/src/index.ts'
import type { App } from '../../src/app/sync.ts'
import { startFaultEndpoint } from '../../test/support/fault-endpoint.ts'
import { type Stack, startStack } from '../../test/support/stack.ts'
import { until } from '../../test/support/until.ts'
import { personOf } from '../raw/crowd.ts'
import { centile } from '../raw/numbers.ts'
import type { Figure } from './figure.ts'

const TENANT = 'stormy'
const CLIENTS = 2_000
const AT_A_TIME = 100
const CONTACTS = 200
const GOAL_MS = 10_000
const GOAL_READS = 10

type Db = Client<App>

/** How a crowd of clients comes back when their object is gone from memory. */
export const storm: Figure<'clients' | 'p99Ms' | 'firstMs' | 'spreadMs' | 'postgresReads'> = {
  name: 'storm',
  about:
    'clients of the real library hold a query when the process with their object is killed: from the kill until each is live again, and what is asked of Postgres meanwhile',
  fields: ['clients', 'p99Ms', 'firstMs', 'spreadMs', 'postgresReads'],
  goal: `p99Ms < ${GOAL_MS}, postgresReads <= ${GOAL_READS}, and all see what is edited afterwards`,
  async measure(report) {
    await using faults = await startFaultEndpoint()
    await using stack = await startStack({ faults, vars: { PACED_LOOK: 'off' } })
    const clients = await openAll(stack, report)
    const [first] = clients
    if (!first) throw new Error('a storm has clients')
    const made = Array.from({ length: CONTACTS }, (_, i) =>
      first.contacts.insert({ id: `c${i}`, name: 'before' }),
    )
    await Promise.all(made.map(({ committed }) => committed))
    await allSee(clients, `c${CONTACTS - 1}`)
    const before = faults.counts.pass
    const times = await timeReturn(stack, clients)
    const postgresReads = faults.counts.pass - before
    first.contacts.insert({ id: 'after', name: 'after' })
    await allSee(clients, 'after')
    for (const db of clients) db.close()
    const [p99Ms, firstMs, lastMs] = [centile(times, 0.99), Math.min(...times), Math.max(...times)].map(
      Math.round,
    )
    if (p99Ms === undefined || firstMs === undefined || lastMs === undefined)
      throw new Error('nothing was timed')
    report(`the first is live after ${firstMs} ms, the last after ${lastMs} ms`)
    return {
      fields: { clients: clients.length, p99Ms, firstMs, spreadMs: lastMs - firstMs, postgresReads },
      input: { contacts: CONTACTS },
      ok: p99Ms < GOAL_MS && postgresReads <= GOAL_READS,
    }
  },
}

async function openAll(stack: Stack, report: (line: string) => void): Promise<Db[]> {
  const clients: Db[] = []
  while (clients.length < CLIENTS) {
    const opened = Array.from({ length: AT_A_TIME }, (_, i) =>
      stack.member(TENANT, personOf(clients.length + i)),
    )
    for (const db of opened) db.contacts.all().subscribe(() => undefined)
    await until('clients are live', () => opened.every(isLive), 60_000)
    clients.push(...opened)
    if (clients.length % 500 === 0) report(`${clients.length} clients`)
  }
  return clients
}

const isLive = (db: Db) => db.connection.getSnapshot().state === 'live'

/** Milliseconds from the kill until each client has been cut off and is live again. */
async function timeReturn(stack: Stack, clients: readonly Db[]): Promise<number[]> {
  const times: number[] = []
  const stops = clients.map((db) => {
    let wasCut = false
    return db.connection.subscribe(({ state }) => {
      if (state !== 'live') wasCut = true
      else if (wasCut) {
        times.push(performance.now() - begun)
        wasCut = false
      }
    })
  })
  const begun = performance.now()
  await stack.killWorker()
  await until('all are live again', () => times.length >= clients.length && clients.every(isLive), 120_000)
  for (const stop of stops) stop()
  return times
}

function allSee(clients: readonly Db[], id: string): Promise<unknown> {
  return until(`all see ${id}`, () => clients.every((db) => db.contacts.get(id) !== undefined), 120_000)
}
