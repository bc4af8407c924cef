import { setTimeout as pause } from 'node:timers/promises'
import * as v from 'valibot'
import type { EditHandle } from '../../client/src/index.ts'
import { startFaultEndpoint } from '../../test/support/fault-endpoint.ts'
import { follow, type Person } from '../../test/support/person.ts'
import { type Stack, startStack } from '../../test/support/stack.ts'
import { until } from '../../test/support/until.ts'
import { readObject } from '../outside/object-file.ts'

/** How many times as fast the Worker's clock is while it is measured: an hour in half a minute. */
const SPEED = 120

const TENANT = 'sleepers'
const INVOICES = 20

/** Changes made in Postgres by others while nobody looks. */
const OVERNIGHT_CHANGES = 10

/** What was asked, started and sent in some time. */
export type Rest = {
  readonly queries: number
  /** Timers that ran or could have run, and alarms that went off or are still armed. */
  readonly timers: number
  readonly outgoing: number
}

/** A stack whose Worker counts, and whose clock can pass faster. */
export type SleepyStack = AsyncDisposable & {
  /** Somebody with the application open. */
  open(name: string): Promise<Person>
  /** Lets minutes of the Worker's time pass, and counts. Meanwhile others write into Postgres. */
  rest(minutes: number): Promise<Rest>
  /** Waits until the object is armed for nothing. */
  untilUnarmed(): Promise<void>
  /** How often objects have come into memory so far. */
  woken(): Promise<number>
}

/** @param looks the Worker's PACED_LOOK */
export async function startSleepyStack(looks: 'on' | 'off'): Promise<SleepyStack> {
  const faults = await startFaultEndpoint()
  const stack = await startStack({
    faults,
    entry: 'bench/counted-worker/worker.ts',
    vars: { PACED_LOOK: looks },
  })
  const isArmed = async () => (await readObject(stack.objects, TENANT)).armed
  return {
    open: (name) => follow(stack.member(TENANT, name), name),
    async rest(minutes) {
      const before = { ...(await readCounts(stack, SPEED)), queries: faults.counts.pass }
      for (let change = 0; change < OVERNIGHT_CHANGES; change++) {
        await pause((minutes * 60_000) / SPEED / OVERNIGHT_CHANGES)
        await stack.sql('UPDATE invoices SET notes = $2 WHERE tenant_id = $1', [
          TENANT,
          `overnight ${change}`,
        ])
      }
      const after = await readCounts(stack, 1)
      const alarms = after.alarms - before.alarms + ((await isArmed()) ? 1 : 0)
      return {
        queries: faults.counts.pass - before.queries,
        timers: before.pending + after.timers - before.timers + alarms,
        outgoing: after.outgoing - before.outgoing,
      }
    },
    untilUnarmed: () =>
      until('the object is armed for nothing', async () => !(await isArmed())).then(() => undefined),
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
