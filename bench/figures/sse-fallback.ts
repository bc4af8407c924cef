import { createClientIn } from '../../client/src/client-in.ts'
import { hostEnvironment } from '../../client/src/environment/host-environment.ts'
import { createClient, type EditHandle } from '../../client/src/index.ts'
import { networkOpener } from '../../client/src/transport/network.ts'
import { type Blocking, type BlockingProxy, startBlockingProxy } from '../../dev/harness/blocking-proxy.ts'
import type { Figure } from '../../dev/harness/figure.ts'
import { until } from '../../dev/harness/until.ts'
import { type Db, follow, open, type Person } from '../../dev/invoices/person.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import type { App } from '../../examples/invoices/sync.ts'
import { TICKER, watchEdits } from '../clients/witness.ts'
import { startDatabase } from '../load/database.ts'
import { PLAIN_TENANT } from '../load/measure.ts'
import { rounded } from '../load/numbers.ts'
import { startServer } from '../load/servers.ts'

const ROUNDS = 5
const EDITS = 400
const CUTS = 40
const GOAL_MS = 3_000

const BLOCKINGS = ['refuses', 'is silent'] as const satisfies readonly Blocking[]

/** How soon a client is live where no WebSocket gets through, and what cuts do to it there. */
export const sseFallback: Figure<'liveMs' | 'lost' | 'repeated' | 'floorMs' | 'ratio'> = {
  name: 'sse-fallback',
  about:
    'a client of the real library behind a proxy that refuses WebSockets, or never answers them: worst time until it is live over events; then edits of others and its own while the proxy cuts the stream, each to be shown once and in order; as the floor, worst time of a plain request through such a proxy until a bare object has answered with an event',
  fields: ['liveMs', 'lost', 'repeated', 'floorMs', 'ratio'],
  goal: `liveMs < ${GOAL_MS}, lost = 0 and repeated = 0`,
  async measure(report) {
    await using stack = await startStack()
    await using proxy = await startBlockingProxy(stack.url)
    const times: number[] = []
    for (const blocking of BLOCKINGS) {
      for (let round = 0; round < ROUNDS; round++) times.push(await timeUntilLive(stack, proxy, blocking))
    }
    report(`live after ${times.map(Math.round).join(', ')} ms`)
    const { lost, repeated } = await countUnderCuts(stack, proxy)
    const liveMs = Math.ceil(Math.max(...times))
    const floorMs = Math.ceil(Math.max(...(await timeBareEvents(times.length))))
    report(`a plain event stream of a bare object: ${floorMs} ms`)
    return {
      fields: { liveMs, lost, repeated, floorMs, ratio: rounded(liveMs / floorMs) },
      input: { rounds: times.length, edits: EDITS, cuts: CUTS },
      ok: liveMs < GOAL_MS && lost === 0 && repeated === 0,
    }
  },
}

function connect(stack: Stack, proxy: BlockingProxy): Db {
  return createClient<App>({ url: proxy.url, tenant: 'acme', getToken: () => stack.token('ben') })
}

/** One that comes back without a pause, to be cut more often. */
function connectAtOnce(stack: Stack, proxy: BlockingProxy): Db {
  const environment = { ...hostEnvironment(networkOpener), random: () => 0 }
  const getToken = () => stack.token('ben')
  return createClientIn<App>(environment, { url: proxy.url, tenant: 'acme', getToken })
}

const isLive = (db: Db) => db.connection.getSnapshot().state === 'live'

async function timeUntilLive(stack: Stack, proxy: BlockingProxy, blocking: Blocking): Promise<number> {
  proxy.blocking = blocking
  const begun = performance.now()
  const db = connect(stack, proxy)
  const stop = db.contacts.all().subscribe(() => undefined)
  await until('the client is live', () => isLive(db))
  const time = performance.now() - begun
  stop()
  db.close()
  return time
}

/** Milliseconds until each of some plain requests through a proxy has its event from a bare object. */
async function timeBareEvents(rounds: number): Promise<number[]> {
  await using database = await startDatabase(PLAIN_TENANT, 1)
  await using server = await startServer('floor-a', database, 1)
  await using proxy = await startBlockingProxy(server.url)
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    const text = await (await fetch(new URL('/sync/events', proxy.url))).text()
    if (!text.startsWith('data: ')) throw new Error(`a bare object answered: ${text}`)
    times.push(performance.now() - begun)
  }
  return times
}

/** What came of many edits on both sides while the proxy cut the connection of one. */
async function countUnderCuts(stack: Stack, proxy: BlockingProxy) {
  const ada = await open(stack, 'ada')
  await ada.db.contacts.insert({ id: TICKER, name: '' }).accepted
  await ada.db.invoices.insert({ id: 'i1', number: 'I-1', contactId: TICKER, totalCents: 100 }).accepted
  const ben = await follow(connectAtOnce(stack, proxy), 'ben')
  const witness = watchEdits(ben.db)
  const own: EditHandle[] = []
  const each = EDITS / CUTS
  try {
    for (let n = 0; n < EDITS; n++) {
      if (n % each === 0) await until('Ben is live', () => isLive(ben.db))
      await edit(ada, n).accepted
      if (n % 2 === 0) own.push(remind(ben))
      // Later in each round than in the one before, so that it meets other frames under way.
      if (n % each === Math.floor(n / each)) proxy.cut()
    }
    const outcomes = await Promise.all(own.map(({ committed }) => committed))
    await until('Ben has the last edit', () => ben.db.contacts.get(TICKER)?.name === String(EDITS - 1))
    const added = Array.from({ length: EDITS }, (_, n) => n).filter((n) => n % 2 === 0)
    const times = [...witness.shown.values()].filter((count) => count > 1)
    const counted = await stack.sql('SELECT reminders FROM invoices WHERE id = $1', ['i1'])
    const surplus = Number(counted[0]?.['reminders']) - own.length
    const isEqual = JSON.stringify(ada.shown()) === JSON.stringify(ben.shown())
    return {
      lost:
        added.filter((n) => !witness.shown.has(n)).length +
        outcomes.filter(({ ok }) => !ok).length +
        Math.max(0, -surplus) +
        (isEqual ? 0 : 1),
      repeated: times.length + witness.late + Math.max(0, surplus),
    }
  } finally {
    witness.stop()
    ben.close()
    ada.close()
  }
}

/** The edit of that number: odd ones change the ticker, even ones add a contact. */
function edit({ db }: Person, n: number): EditHandle {
  if (n % 2 === 0) return db.contacts.insert({ id: `n${n}`, name: '' })
  return db.contacts.update(TICKER, (ticker) => {
    ticker.name = String(n)
  })
}

function remind({ db }: Person): EditHandle {
  return db.invoices.update('i1', (invoice) => {
    invoice.reminders += 1
  })
}
