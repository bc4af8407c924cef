import { setTimeout as pause } from 'node:timers/promises'
import { STABLE_MS } from '../../client/src/connection/connection.ts'
import { type Client, createClient } from '../../client/src/index.ts'
import { type Device, startDevice } from '../../dev/harness/device.ts'
import { startFaultyProxy } from '../../dev/harness/faulty-proxy.ts'
import type { Figure } from '../../dev/harness/figure.ts'
import { NETWORK_FAULTS, type NetworkFault } from '../../dev/harness/network-faults.ts'
import { Random } from '../../dev/harness/random.ts'
import { until } from '../../dev/harness/until.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import type { App } from '../../examples/invoices/sync.ts'
import { personOf } from '../clients/crowd.ts'
import { centile } from '../load/numbers.ts'

const TENANT = 'recovery'
const SEED = 20
const DEVICES = 20
/** How often each device has each fault, and how often the Worker is killed. */
const TIMES = 2

/** Milliseconds that a fault lasts. One that nobody tells the page of is found by its own attempts. */
const LASTS_MS = { untold: { least: 200, most: 3_000 }, told: { least: 200, most: 5_000 } } as const

const CROWD = 1_000
const AT_A_TIME = 100

const GOAL_FAULTS = 200
const GOAL_MS = 2_000
const GOAL_HALF_OPEN_MS = 11_000
const GOAL_SPREAD_MS = 3_000

type Db = Client<App>

/** How soon clients are live again after faults of their network. */
export const recovery: Figure<'faults' | 'p50Ms' | 'p99Ms' | 'halfOpenMs' | 'spreadMs' | 'firstMs'> = {
  name: 'recovery',
  about: `${DEVICES} clients of the real library, each over a network of its own that is cut, refuses, is slow, falls silent and becomes another, and the Worker killed: from the network's return until the client is live; from the moment a link falls silent that nobody tells of until the client is live over another, at worst; and ${CROWD} clients that are cut at once: from the cut until the first is live, and from then until the last is`,
  fields: ['faults', 'p50Ms', 'p99Ms', 'halfOpenMs', 'spreadMs', 'firstMs'],
  goal: `faults >= ${GOAL_FAULTS}, p99Ms < ${GOAL_MS}, halfOpenMs < ${GOAL_HALF_OPEN_MS}, spreadMs < ${GOAL_SPREAD_MS}, and no edit is lost or counted twice`,
  async measure(report) {
    await using stack = await startStack()
    const { times, halfOpen, isWhole } = await timeFaults(stack, report)
    const returns = await timeCrowd(stack, report)
    const [p50Ms, p99Ms] = [centile(times, 0.5), centile(times, 0.99)].map(Math.round)
    const [halfOpenMs, firstMs, lastMs] = [
      Math.max(...halfOpen),
      Math.min(...returns),
      Math.max(...returns),
    ].map(Math.round)
    if (
      p50Ms === undefined ||
      p99Ms === undefined ||
      halfOpenMs === undefined ||
      firstMs === undefined ||
      lastMs === undefined
    )
      throw new Error('nothing was timed')
    const faults = times.length + halfOpen.length
    const spreadMs = lastMs - firstMs
    return {
      fields: { faults, p50Ms, p99Ms, halfOpenMs, spreadMs, firstMs },
      input: { seed: SEED, devices: DEVICES, crowd: CROWD },
      ok:
        isWhole &&
        faults >= GOAL_FAULTS &&
        p99Ms < GOAL_MS &&
        halfOpenMs < GOAL_HALF_OPEN_MS &&
        spreadMs < GOAL_SPREAD_MS,
    }
  },
}

/** Each device has each fault some times, in an order of its own, each on a connection that has proved good. */
async function timeFaults(stack: Stack, report: (line: string) => void) {
  await using ended = new AsyncDisposableStack()
  const witness = stack.member(TENANT, 'witness')
  ended.defer(() => witness.close())
  const devices: Device<App>[] = []
  for (let i = 0; i < DEVICES; i++) {
    const device = await startDevice<App>(stack.url, TENANT, () => stack.pass(TENANT, `device-${i}`))
    devices.push(ended.use(device))
  }
  for (const { db } of [...devices, { db: witness }]) db.invoices.all().subscribe(() => undefined)
  await until('all are live', () => [...devices, { db: witness }].every(({ db }) => isLive(db)))
  await witness.contacts.insert({ id: 'c', name: 'Somebody' }).accepted
  await witness.invoices.insert({ id: 'i', number: '1', contactId: 'c', totalCents: 1 }).accepted
  await until('all see it', () => devices.every(({ db }) => db.invoices.get('i')))

  const timesByFault = new Map<string, number[]>()
  await Promise.all(devices.map((device, i) => haveFaults(device, new Random(SEED + i), timesByFault)))
  for (let kill = 0; kill < TIMES; kill++) {
    await pause(STABLE_MS)
    const watches = devices.map(({ db }) => watchReturn(db))
    for (const { db } of devices) remind(db)
    await stack.killWorker()
    const back = performance.now()
    for (const watch of watches) keep(timesByFault, 'the Worker killed', await watch.sinceReturn(back))
  }
  for (const [name, times] of timesByFault)
    report(
      `${name}: ${times.length}, p50 ${Math.round(centile(times, 0.5))}, worst ${Math.round(Math.max(...times))} ms`,
    )

  const halfOpen = await Promise.all(devices.map(timeHalfOpen))
  report(`half-open: worst ${Math.round(Math.max(...halfOpen))} ms`)
  const times = [...timesByFault.values()].flat()
  const made = times.length + halfOpen.length
  const counted = await until('all edits have arrived', () => {
    const reminders = witness.invoices.get('i')?.reminders ?? 0
    return devices.every(({ db }) => db.connection.getSnapshot().pending === 0) && reminders
  })
  report(`${made} edits were made during the faults, and ${counted} counted`)
  return { times, halfOpen, isWhole: counted === made }
}

async function haveFaults(device: Device<App>, random: Random, timesByFault: Map<string, number[]>) {
  const due = Array.from({ length: TIMES }, () => Object.entries(NETWORK_FAULTS)).flat()
  while (due.length > 0) {
    const [[name, fault] = ['', undefined]] = due.splice(random.whole(0, due.length - 1), 1)
    if (!fault) throw new Error('there is a fault')
    await pause(STABLE_MS)
    const { least, most } = name.endsWith('told') ? LASTS_MS.told : LASTS_MS.untold
    keep(timesByFault, name, await timeFault(device, fault, random.whole(least, most)))
  }
}

/** Milliseconds from the network's return until the client is live, with an edit made meanwhile. */
async function timeFault(device: Device<App>, fault: NetworkFault, lastsMs: number): Promise<number> {
  const watch = watchReturn(device.db)
  const over = fault(device, lastsMs)
  remind(device.db)
  await over
  const ms = await watch.sinceReturn(performance.now())
  device.proxy.delayMs = 0
  return ms
}

/** Milliseconds from the silence of a link that nobody tells of, until another one is live. */
async function timeHalfOpen({ db, proxy }: Device<App>): Promise<number> {
  await pause(STABLE_MS)
  const watch = watchReturn(db)
  proxy.fallSilent()
  const begun = performance.now()
  await proxy.restore()
  remind(db)
  return watch.sinceReturn(begun)
}

/** Notes when a client is live that was not. */
function watchReturn(db: Db) {
  let wasCut = false
  let liveAt = 0
  const stop = db.connection.subscribe(({ state }) => {
    if (state !== 'live') {
      wasCut = true
      liveAt = 0
    } else if (wasCut && liveAt === 0) liveAt = performance.now()
  })
  return {
    async sinceReturn(back: number): Promise<number> {
      await until('the client is live again', () => liveAt > 0 && isLive(db))
      stop()
      return Math.max(0, liveAt - back)
    },
  }
}

function keep(times: Map<string, number[]>, name: string, ms: number): void {
  times.set(name, [...(times.get(name) ?? []), ms])
}

function remind(db: Db): void {
  db.invoices.update('i', (invoice) => {
    invoice.reminders += 1
  })
}

const isLive = (db: Db) => db.connection.getSnapshot().state === 'live'

/** Milliseconds from the moment all are cut until each is live again. */
async function timeCrowd(stack: Stack, report: (line: string) => void): Promise<number[]> {
  await using proxy = await startFaultyProxy(stack.url)
  const clients: Db[] = []
  while (clients.length < CROWD) {
    const opened = Array.from({ length: AT_A_TIME }, (_, i) => {
      const name = personOf(clients.length + i)
      return createClient<App>({ url: proxy.url, tenant: TENANT, getToken: () => stack.pass(TENANT, name) })
    })
    for (const db of opened) db.contacts.all().subscribe(() => undefined)
    await until('clients are live', () => opened.every(isLive))
    clients.push(...opened)
  }
  report(`${clients.length} clients`)
  const watches = clients.map(watchReturn)
  const begun = performance.now()
  proxy.cut()
  const times: number[] = []
  for (const watch of watches) times.push(await watch.sinceReturn(begun))
  for (const db of clients) db.close()
  report(
    `of ${times.length} the first is live after ${Math.round(Math.min(...times))} ms, half after ${Math.round(centile(times, 0.5))}, the last after ${Math.round(Math.max(...times))} ms`,
  )
  return times
}
