import type { Client } from '../../client/src/index.ts'
import { startFaultEndpoint } from '../../dev/harness/fault-endpoint.ts'
import type { Figure } from '../../dev/harness/figure.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import type { App } from '../../examples/invoices/sync.ts'
import { personOf } from '../clients/crowd.ts'
import { timeBareReturn } from '../floors/bare-crowd.ts'
import { startDatabase } from '../load/database.ts'
import { PLAIN_TENANT } from '../load/measure.ts'
import { centile, rounded } from '../load/numbers.ts'

const TENANT = 'stormy'
const CLIENTS = 2_000
const AT_A_TIME = 100
const CONTACTS = 200
const GOAL_MS = 10_000
const GOAL_READS = 10

/** Milliseconds after which clients that are not live never will be. */
const HANG_MS = 600_000

type Db = Client<App>

/** How a crowd of clients comes back when their object is gone from memory. */
export const storm: Figure<
  'clients' | 'p99Ms' | 'firstMs' | 'spreadMs' | 'postgresReads' | 'floorP99Ms' | 'ratio'
> = {
  name: 'storm',
  about:
    'clients of the real library hold a query when the process with their object is killed: from the kill until each is live again, and what is asked of Postgres meanwhile; as the floor, as many plain sockets that come back to a bare object with as many rows',
  fields: ['clients', 'p99Ms', 'firstMs', 'spreadMs', 'postgresReads', 'floorP99Ms', 'ratio'],
  goal: `p99Ms < ${GOAL_MS}, postgresReads <= ${GOAL_READS}, and all see what is edited afterwards`,
  async measure(report) {
    const { times, postgresReads } = await timeStorm(report)
    await using database = await startDatabase(PLAIN_TENANT, 1)
    const floor = await timeBareReturn(database, CLIENTS, CONTACTS)
    const floorP99Ms = Math.round(centile(floor, 0.99))
    const [p99Ms, firstMs, lastMs] = [centile(times, 0.99), Math.min(...times), Math.max(...times)].map(
      Math.round,
    )
    if (p99Ms === undefined || firstMs === undefined || lastMs === undefined)
      throw new Error('nothing was timed')
    report(`the first is live after ${firstMs} ms, the last after ${lastMs} ms; p99 ${p99Ms} ms`)
    report(`plain sockets and a bare object: p99 ${floorP99Ms} ms`)
    return {
      fields: {
        clients: times.length,
        p99Ms,
        firstMs,
        spreadMs: lastMs - firstMs,
        postgresReads,
        floorP99Ms,
        ratio: rounded(p99Ms / floorP99Ms),
      },
      input: { contacts: CONTACTS },
      ok: p99Ms < GOAL_MS && postgresReads <= GOAL_READS,
    }
  },
}

/** Milliseconds until each client is live again, and how often Postgres was asked meanwhile. */
async function timeStorm(report: (line: string) => void) {
  await using faults = await startFaultEndpoint()
  await using stack = await startStack({ faults, vars: { POLL_CHANGES: 'off' } })
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
  return { times, postgresReads }
}

async function openAll(stack: Stack, report: (line: string) => void): Promise<Db[]> {
  const clients: Db[] = []
  while (clients.length < CLIENTS) {
    const opened = Array.from({ length: AT_A_TIME }, (_, i) =>
      stack.member(TENANT, personOf(clients.length + i)),
    )
    for (const db of opened) db.contacts.all().subscribe(() => undefined)
    await until('clients are live', () => opened.every(isLive), HANG_MS)
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
  await until('all are live again', () => times.length >= clients.length && clients.every(isLive), HANG_MS)
  for (const stop of stops) stop()
  return times
}

function allSee(clients: readonly Db[], id: string): Promise<unknown> {
  return until(`all see ${id}`, () => clients.every((db) => db.contacts.get(id) !== undefined), HANG_MS)
}
