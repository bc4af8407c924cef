import { createClientIn } from '../../client/src/client-in.ts'
import type { Environment } from '../../client/src/environment/environment.ts'
import { hostEnvironment } from '../../client/src/environment/host-environment.ts'
import type { Client } from '../../client/src/index.ts'
import { partysocketOpener } from '../../client/src/transport/transport.ts'
import type { Figure } from '../../dev/harness/figure.ts'
import { follow, type Person } from '../../dev/invoices/person.ts'
import type { App } from '../../examples/invoices/sync.ts'
import { type CountingProxy, startCountingProxy } from '../clients/counting-proxy.ts'
import { type SleepyStack, SPEED, startSleepyStack, TENANT, use } from '../load/sleepy-stack.ts'

const HOUR_MINUTES = 60

/** Minutes after which a client counts as idle, and some more. */
const UNTIL_IDLE_MINUTES = 5

/** An object falls asleep after ten seconds by the real clock, so looks must be further apart than that. */
const SLOW = 4
const SLOW_MINUTES = 5

const GOAL_BYTES = 50_000
const GOAL_OUTGOING = 60

/** What somebody costs who stays connected and does nothing. */
export const idle: Figure<'bytesPerHour' | 'timers' | 'outgoingPerHour' | 'hibernated'> = {
  name: 'idle',
  about:
    'an hour (sped up) of a client that holds live queries while nothing changes: bytes on its connection, timers at rest in the Worker and its object, calls to anybody with paced looks, and whether the object was out of memory between two looks',
  fields: ['bytesPerHour', 'timers', 'outgoingPerHour', 'hibernated'],
  goal: `bytesPerHour < ${GOAL_BYTES}, timers = 0, outgoingPerHour <= ${GOAL_OUTGOING} and 0 without looks by the clock, hibernated = yes`,
  async measure(report) {
    const nudged = await restIdle('off', report)
    const paced = await restIdle('on', report)
    const bytesPerHour = Math.max(nudged.bytes, paced.bytes)
    const timers = nudged.hour.resting + paced.hour.resting
    const outgoingPerHour = paced.hour.outgoing
    // Each look begins with the object's way back into memory, but for the first, before which it was
    // hardly asleep. The alarm that is still armed counts as well.
    const slept = paced.slow.woken > 0 && paced.slow.woken >= paced.slow.alarms - 2
    if (outgoingPerHour === 0) throw new Error('no looks were counted, so nothing is measured')
    return {
      fields: { bytesPerHour, timers, outgoingPerHour, hibernated: slept && nudged.cameBack ? 'yes' : 'no' },
      input: {
        minutes: HOUR_MINUTES,
        outgoingNudged: nudged.hour.outgoing,
        slowMinutes: SLOW_MINUTES,
        slowAlarms: paced.slow.alarms,
        slowWoken: paced.slow.woken,
      },
      ok:
        bytesPerHour < GOAL_BYTES &&
        timers === 0 &&
        outgoingPerHour <= GOAL_OUTGOING &&
        nudged.hour.outgoing === 0 &&
        slept &&
        nudged.cameBack,
    }
  },
}

/** An hour of somebody who stays connected, and some minutes in which the object has time to fall asleep. */
async function restIdle(looks: 'on' | 'off', report: (line: string) => void) {
  await using sleepy = await startSleepyStack(looks)
  await using proxy = await startCountingProxy(sleepy.stack.url)
  const [ada, ben] = [await sleepy.open('ada'), await openFast(sleepy, proxy)]
  try {
    await use(ada, ben)
    ada.close()
    await sleepy.rest(UNTIL_IDLE_MINUTES, { changes: 0 })
    const before = proxy.bytes
    const hour = await sleepy.rest(HOUR_MINUTES, { changes: 0 })
    const bytes = proxy.bytes - before
    report(
      `looks by the clock ${looks}: ${bytes} bytes, ${hour.resting} timers at rest, ${hour.alarms} alarms, ${hour.outgoing} calls`,
    )
    return { hour, bytes, ...(await restSlowly(sleepy, ben)) }
  } finally {
    ben.close()
  }
}

/** Some minutes of somebody who takes over, at a pace at which the object can fall asleep, and then an edit. */
async function restSlowly(sleepy: SleepyStack, fast: Person) {
  const cleo = await sleepy.open('cleo')
  fast.close()
  try {
    await sleepy.rest(UNTIL_IDLE_MINUTES, { changes: 0 })
    const slow = await sleepy.rest(SLOW_MINUTES, { changes: 0, speed: SLOW })
    const asleep = await sleepy.woken()
    const { committed } = cleo.db.contacts.insert({ id: 'again', name: 'Awake again' })
    if (!(await committed).ok) throw new Error('an edit after the hour was refused')
    return { slow, cameBack: (await sleepy.woken()) > asleep }
  } finally {
    cleo.close()
  }
}

/** A client whose clock passes as fast as that of the Worker. */
async function openFast({ stack }: SleepyStack, proxy: CountingProxy): Promise<Person> {
  const host = hostEnvironment(() => partysocketOpener())
  const begun = host.now()
  const environment: Environment = {
    ...host,
    now: () => begun + (host.now() - begun) * SPEED,
    setTimer: (ms, run) => host.setTimer(ms / SPEED, run),
  }
  const getToken = () => stack.pass(TENANT, 'ben')
  const db: Client<App> = createClientIn<App>(environment, { url: proxy.url, tenant: TENANT, getToken })
  return follow(db, 'ben')
}
