import { setTimeout as pause } from 'node:timers/promises'
import type { Client, EditHandle } from '../../../client/src/index.ts'
import { metrics } from '../../../client/src/metrics.ts'
import { type Device, startDevice } from '../../../dev/harness/device.ts'
import type { Figure } from '../../../dev/harness/figure.ts'
import { NETWORK_FAULTS } from '../../../dev/harness/network-faults.ts'
import { Random } from '../../../dev/harness/random.ts'
import { until } from '../../../dev/harness/until.ts'
import { type Stack, startStack } from '../../../dev/invoices/stack.ts'
import type { App } from '../../../examples/invoices/sync.ts'

const TENANT = 'slo'
const SEED = 21
const DEVICES = 8

/** Minutes of people at work, and of nothing else before them. */
const MINUTES = 2

/** Milliseconds between two edits of one person: somebody who types, and looks up now and then. */
const PACE_MS = { least: 1_000, most: 5_000 } as const

/** Milliseconds between two faults of one network, and that one lasts. */
const CALM_MS = { least: 10_000, most: 20_000 } as const
const LASTS_MS = { least: 100, most: 1_000 } as const

/** Milliseconds that Postgres is stopped for, once, in the middle. */
const OUTAGE_MS = 5_000

/** Milliseconds after the last fault within which everything has to be where it belongs, and between two looks. */
const SETTLED_AFTER_MS = 30_000
const LOOK_EVERY_MS = 50

const GOALS = {
  deliveryP99Ms: 250,
  deliveredShare: 1,
  recoveryP99Ms: 2_000,
  bytesPerSubscriptionHour: 1024 * 1024,
  settledShare: 1,
} as const

type Db = Client<App>

type Fields =
  | 'deliveryP50Ms'
  | 'deliveryP99Ms'
  | 'deliveredShare'
  | 'recoveryP99Ms'
  | 'bytesPerSubscriptionHour'
  | 'settledShare'

/** The figures that the product promises, as its clients measure them while things go wrong. */
export const slo: Figure<Fields> = {
  name: 'slo',
  about: `${DEVICES} clients of the real library edit for ${MINUTES} minutes, each over a network of its own that has faults all the while; the Worker is killed and Postgres stopped on the way. By db.metrics of each client: the middle of their medians of delivery, the worst of their 99th centiles of delivery and of recovery, and what they received for each hour of a subscription; by their pages: the share of accepted edits that every other page shows in the end, and of all edits that have an outcome`,
  fields: [
    'deliveryP50Ms',
    'deliveryP99Ms',
    'deliveredShare',
    'recoveryP99Ms',
    'bytesPerSubscriptionHour',
    'settledShare',
  ],
  goal: `deliveryP99Ms < ${GOALS.deliveryP99Ms} (demanded: 2,000), deliveredShare = 1 (0.999), recoveryP99Ms < ${GOALS.recoveryP99Ms} (10,000), bytesPerSubscriptionHour < ${GOALS.bytesPerSubscriptionHour}, settledShare = 1`,
  async measure(report) {
    await using stack = await startStack()
    await using ended = new AsyncDisposableStack()
    const devices: Device<App>[] = []
    for (let i = 0; i < DEVICES; i++) {
      const getToken = () => stack.pass(TENANT, `person-${i}`)
      devices.push(ended.use(await startDevice<App>(stack.url, TENANT, getToken, [metrics()])))
    }
    for (const { db } of devices) {
      db.contacts.all().subscribe(() => undefined)
      db.invoices.all().subscribe(() => undefined)
    }
    await until('all are live', () => devices.every(({ db }) => isLive(db)))
    const edits = await work(stack, devices, report)
    const { deliveredShare, settledShare } = await settle(devices, edits, report)
    return { ...figuresOf(devices, { deliveredShare, settledShare }), ...input(edits) }
  },
}

const input = (edits: readonly Made[]) => ({
  input: { seed: SEED, devices: DEVICES, minutes: MINUTES, edits: edits.length },
})

/** An edit: a contact of a name of its own. */
type Made = { readonly by: Db; readonly id: string; readonly handle: EditHandle }

/** Everybody edits while their networks have faults. Resolves when all networks are whole again. */
async function work(
  stack: Stack,
  devices: readonly Device<App>[],
  report: (line: string) => void,
): Promise<Made[]> {
  const made: Made[] = []
  const endsAt = performance.now() + MINUTES * 60_000
  const isOver = () => performance.now() >= endsAt
  let faults = 0
  const edit = async ({ db }: Device<App>, i: number) => {
    const random = new Random(SEED + i)
    for (let n = 0; !isOver(); n++) {
      const id = `c-${i}-${n}`
      made.push({ by: db, id, handle: db.contacts.insert({ id, name: `Contact ${n} of ${i}` }) })
      await pause(random.whole(PACE_MS.least, PACE_MS.most))
    }
  }
  const trouble = async (device: Device<App>, i: number) => {
    const random = new Random(SEED * 100 + i)
    const all = Object.values(NETWORK_FAULTS)
    for (;;) {
      await pause(random.whole(CALM_MS.least, CALM_MS.most))
      if (isOver()) return
      const fault = all[random.whole(0, all.length - 1)]
      if (!fault) throw new Error('there is a fault')
      await fault(device, random.whole(LASTS_MS.least, LASTS_MS.most))
      device.proxy.delayMs = 0
      faults++
    }
  }
  const larger = async () => {
    await pause(MINUTES * 20_000)
    await stack.killWorker()
    await pause(MINUTES * 15_000)
    await stack.stopPostgres()
    await pause(OUTAGE_MS)
    await stack.startPostgres()
  }
  await Promise.all([...devices.map(edit), ...devices.map(trouble), larger()])
  report(
    `${made.length} edits, ${faults} faults of networks, the Worker killed once, Postgres away for ${OUTAGE_MS} ms`,
  )
  return made
}

/** Says, half a minute after the last fault, which share of edits has an outcome, and which of those accepted is everywhere. */
async function settle(
  devices: readonly Device<App>[],
  made: readonly Made[],
  report: (line: string) => void,
) {
  const outcomes = new Map<Made, boolean>()
  for (const one of made) void one.handle.committed.then(({ ok }) => outcomes.set(one, ok))
  const accepted = () => made.filter((one) => outcomes.get(one) === true)
  const isEverywhere = ({ by, id }: Made) =>
    devices.every(({ db }) => db === by || db.contacts.get(id) !== undefined)
  const isDone = () => outcomes.size === made.length && accepted().every(isEverywhere)
  const deadline = performance.now() + SETTLED_AFTER_MS
  while (!isDone() && performance.now() < deadline) await pause(LOOK_EVERY_MS)
  const delivered = accepted().filter(isEverywhere).length
  report(
    `of ${made.length} edits ${outcomes.size} have an outcome, ${accepted().length} are in Postgres, ${delivered} everywhere`,
  )
  return { deliveredShare: delivered / accepted().length, settledShare: outcomes.size / made.length }
}

type Shares = { readonly deliveredShare: number; readonly settledShare: number }

function figuresOf(devices: readonly Device<App>[], { deliveredShare, settledShare }: Shares) {
  const all = devices.map(({ db }) => db.metrics.getSnapshot())
  const known = (values: readonly (number | undefined)[]) => {
    const numbers = values.flatMap((value) => value ?? [])
    if (numbers.length !== devices.length) throw new Error('a client has measured nothing')
    return numbers.toSorted((one, other) => one - other).map(Math.round)
  }
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const medians = known(all.map(({ delivery }) => delivery.p50))
  const deliveryP50Ms = medians[Math.floor(medians.length / 2)] ?? Number.NaN
  const deliveryP99Ms = known(all.map(({ delivery }) => delivery.p99)).at(-1) ?? Number.NaN
  const recoveryP99Ms = known(all.map(({ recovery }) => recovery.p99)).at(-1) ?? Number.NaN
  const bytesPerSubscriptionHour = Math.round(
    sum(all.map(({ bytes }) => bytes)) / sum(all.map(({ subscriptionHours }) => subscriptionHours)),
  )
  return {
    fields: {
      deliveryP50Ms,
      deliveryP99Ms,
      deliveredShare,
      recoveryP99Ms,
      bytesPerSubscriptionHour,
      settledShare,
    },
    ok:
      deliveryP99Ms < GOALS.deliveryP99Ms &&
      deliveredShare >= GOALS.deliveredShare &&
      recoveryP99Ms < GOALS.recoveryP99Ms &&
      bytesPerSubscriptionHour < GOALS.bytesPerSubscriptionHour &&
      settledShare >= GOALS.settledShare,
  }
}

const isLive = (db: Db) => db.connection.getSnapshot().state === 'live'
