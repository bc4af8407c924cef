import { setTimeout as pause } from 'node:timers/promises'
import * as v from 'valibot'
import type { EditHandle } from '../../client/src/index.ts'
import { startFaultEndpoint } from '../../dev/harness/fault-endpoint.ts'
import { readObject } from '../../dev/harness/object-file.ts'
import { until } from '../../dev/harness/until.ts'
import { follow, type Person } from '../../dev/invoices/person.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'

/** How many times as fast the Worker's clock is while it is measured: an hour in half a minute. */
export const SPEED = 120

export const TENANT = 'sleepers'
const INVOICES = 20

/** Milliseconds that are enough for a look at Postgres, and fewer than are between two of a fast clock. */
const LOOK_MS = 200

/** Changes made in Postgres by others while nobody looks. */
const OVERNIGHT_CHANGES = 10

/** What was asked, started and sent in some time. */
export type Rest = {
  readonly queries: number
  /** Timers that were started, or waiting at its beginning. */
  readonly timers: number
  /** Timers that went off, or were waiting at its beginning or end. */
  readonly resting: number
  /** Alarms that went off or are still armed. */
  readonly alarms: number
  readonly outgoing: number
  /** How often objects came into memory. */
  readonly woken: number
}

/** A stack whose Worker counts, and whose clock can pass faster. */
export type SleepyStack = AsyncDisposable & {
  readonly stack: Stack
  /** Somebody with the application open. */
  open(name: string): Promise<Person>
  /**
   * Lets minutes of the Worker's time pass, and counts.
   *
   * @param options.speed how many times as fast its clock is meanwhile
   * @param options.changes writes that others make into Postgres meanwhile
   */
  rest(minutes: number, options?: { speed?: number; changes?: number }): Promise<Rest>
  /**
   * Waits until the object is armed for nothing, and the timers of its last moments with a client have gone off:
   * what changed of a session is kept a tenth of a second later. One that stays for longer is found here.
   */
  untilAtRest(): Promise<void>
  /** How often objects have come into memory so far. */
  woken(): Promise<number>
}

/** @param looks the Worker's POLL_CHANGES */
export async function startSleepyStack(looks: 'on' | 'off'): Promise<SleepyStack> {
  const faults = await startFaultEndpoint()
  const stack = await startStack({
    faults,
    entry: 'bench/counted-worker/worker.ts',
    vars: { POLL_CHANGES: looks },
  })
  const isArmed = async () => (await readObject(stack.objects, TENANT)).armed
  return {
    stack,
    open: (name) => follow(stack.member(TENANT, name), name),
    async rest(minutes, { speed = SPEED, changes = OVERNIGHT_CHANGES } = {}) {
      const before = { ...(await readCounts(stack, speed)), queries: faults.counts.pass }
      const stepMs = (minutes * 60_000) / speed / (changes + 1)
      await pause(stepMs)
      for (let change = 0; change < changes; change++) {
        await stack.sql('UPDATE invoices SET reference = $2 WHERE tenant_id = $1', [
          TENANT,
          `overnight ${change}`,
        ])
        await pause(stepMs)
      }
      const after = await readCounts(stack, 1)
      // By then a look that was under way is over, and the one that is armed already is not yet due.
      await pause(LOOK_MS)
      const { pending } = await readCounts(stack)
      return {
        queries: faults.counts.pass - before.queries,
        timers: before.pending + after.timers - before.timers,
        resting: before.pending + pending + after.fired - before.fired,
        alarms: after.alarms - before.alarms + ((await isArmed()) ? 1 : 0),
        outgoing: after.outgoing - before.outgoing,
        woken: after.woken - before.woken,
      }
    },
    async untilAtRest() {
      await until('the object is armed for nothing', async () => !(await isArmed()))
      await until('no timer is left', async () => (await readCounts(stack)).pending === 0)
    },
    woken: async () => (await readCounts(stack)).woken,
    async [Symbol.asyncDispose]() {
      await stack.stop()
      await faults[Symbol.asyncDispose]()
    },
  }
}

/** Real use by two people at once: everything that could leave a timer, an alarm or a call behind. */
export async function use(ada: Person, ben: Person): Promise<void> {
  const edits: EditHandle[] = [
    ada.db.contacts.insert({ id: 'c1', name: 'Mill & Sons' }),
    ...Array.from({ length: INVOICES }, (_, index) =>
      ada.db.invoices.insert({ id: `i${index}`, number: `N-${index}`, contactId: 'c1', totalCents: 10_000 }),
    ),
  ]
  await ben.sees(`i${INVOICES - 1}`, () => true)
  for (let index = 0; index < INVOICES; index++) {
    edits.push(
      ben.db.invoices.update(`i${index}`, (invoice) => {
        invoice.reminders += 1
      }),
    )
  }
  for (const { committed } of edits) {
    const result = await committed
    if (!result.ok) throw new Error(`an edit was refused: ${result.error.message}`)
  }
}

const countsSchema = v.object({
  timers: v.number(),
  fired: v.number(),
  pending: v.number(),
  alarms: v.number(),
  outgoing: v.number(),
  woken: v.number(),
})

/** Reads the Worker's counts, and sets the speed of its clock. */
async function readCounts({ url }: Stack, speed?: number) {
  const response = await fetch(new URL('/dev/counts', url), {
    method: speed === undefined ? 'GET' : 'POST',
    ...(speed !== undefined && { body: String(speed) }),
  })
  return v.parse(countsSchema, await response.json())
}
