import pg from 'pg'
import { buildChangedApp } from '../../dev/harness/changed-app.ts'
import { INVOICES } from '../../dev/invoices/application.ts'
import { startStack } from '../../dev/invoices/stack.ts'
import { openAudience } from '../clients/audience.ts'
import { readApplied } from '../load/lag.ts'
import { drive } from '../load/measure.ts'
import { median } from '../load/numbers.ts'
import { startServer } from '../load/servers.ts'
import { type Curve, curve, type Ground } from './curve.ts'
import { driveTenants } from './tenants.ts'

const ROWS = 1_024
const IN_FLIGHT = 64
const READERS = 10
const WARM_UP_MS = 1_000
const ROUNDS = 100

/** Times that the same tenant is measured while its history grows. */
const HISTORY_POINTS = 6

/** Columns of an invoice on the wire. */
const COLUMNS = 9

const cellOf = (measureMs: number) => ({
  subscribers: READERS,
  inFlight: IN_FLIGHT,
  rows: ROWS,
  warmUpMs: WARM_UP_MS,
  measureMs,
})

/** What an edit costs where many are in flight: what the machine could do one after the other, turned round. */
const microseconds = (writesPerSecond: number) => 1_000_000 / writesPerSecond

/** Measures how the costs of an edit grow. */
export async function measureGrowth(ground: Ground): Promise<Curve[]> {
  return [
    await subscribers(ground),
    await queries(ground),
    await rows(ground),
    await history(ground),
    await fields(ground),
    await tenants(ground),
  ]
}

function subscribers(ground: Ground): Promise<Curve> {
  const { database, measureMs } = ground
  const of = { name: 'An edit, by readers', of: 'readers of all rows', unit: 'µs' }
  return curve(ground, { ...of, sizes: [1, 10, 100, 1_000] }, async (size) => {
    await using server = await startServer('tidemark', database, ROWS)
    const cell = { ...cellOf(measureMs), subscribers: size }
    return microseconds((await drive(server, database, cell)).writesPerSecond)
  })
}

async function queries(ground: Ground): Promise<Curve> {
  await using stack = await startStack()
  const of = { name: 'An edit that touches one of them, by queries', of: 'different queries', unit: 'ms' }
  return await curve(ground, { ...of, sizes: [1, 10, 100, 1_000, 10_000] }, async (size) => {
    const deliver = await openAudience(stack, `queries-${size}`, size)
    const times: number[] = []
    for (let round = 0; round < 2 * ROUNDS; round++) times.push(await deliver(round))
    return median(times.slice(ROUNDS))
  })
}

function rows(ground: Ground): Promise<Curve> {
  const { database, measureMs } = ground
  const of = { name: 'An edit, by rows of the tenant', of: 'rows', unit: 'µs' }
  return curve(ground, { ...of, sizes: [1_000, 10_000, 100_000] }, async (size) => {
    await using server = await startServer('tidemark', database, size)
    const cell = { ...cellOf(measureMs), rows: size }
    return microseconds((await drive(server, database, cell)).writesPerSecond)
  })
}

/** Each point stands at the edits that were in the log before it; measuring adds to them. */
async function history(ground: Ground): Promise<Curve> {
  const { database, measureMs } = ground
  await using server = await startServer('tidemark', database, ROWS)
  const client = new pg.Client({ connectionString: database.connectionString })
  await client.connect()
  const points: { size: number; value: number }[] = []
  for (let i = 0; i < HISTORY_POINTS; i++) {
    const size = await readApplied(client, server.tenant)
    const { writesPerSecond } = await drive(server, database, cellOf(measureMs))
    const value = microseconds(writesPerSecond)
    points.push({ size, value })
    ground.report(`An edit, by edits before it, ${size}: ${value.toFixed(1)} µs`)
  }
  await client.end()
  return { name: 'An edit, by edits before it', of: 'edits in history', unit: 'µs', points }
}

async function fields(ground: Ground): Promise<Curve> {
  const { database, measureMs } = ground
  const client = new pg.Client({ connectionString: database.connectionString })
  await client.connect()
  const of = { name: 'An edit of one field, by fields of a row', of: 'fields', unit: 'µs' }
  const measured = await curve(ground, { ...of, sizes: [COLUMNS, 20, 40, 80] }, async (size) => {
    const extra = Array.from({ length: size - COLUMNS }, (_, i) => `extra_${i}`)
    for (const name of extra)
      await client.query(`ALTER TABLE invoices ADD COLUMN IF NOT EXISTS ${name} text NOT NULL DEFAULT 'more'`)
    const declared = extra.map((name) => `${name}: text('${name}').notNull().default('more'),`).join('\n')
    const widened =
      extra.length > 0 &&
      (await buildChangedApp(INVOICES, (schema) => schema.replace("dueOn: date('due_on'", `${declared}\n$&`)))
    await using server = await startServer('tidemark', database, ROWS, {
      ...(widened && { script: widened }),
    })
    return microseconds((await drive(server, database, cellOf(measureMs))).writesPerSecond)
  })
  await client.end()
  return measured
}

function tenants(ground: Ground): Promise<Curve> {
  const of = { name: 'An edit, by tenants that share the machine', of: 'tenants', unit: 'µs' }
  return curve(ground, { ...of, sizes: [1, 10, 100] }, async (size) => {
    await using server = await startServer('tidemark', ground.database, 1)
    return microseconds(await driveTenants(server, ground, size))
  })
}
