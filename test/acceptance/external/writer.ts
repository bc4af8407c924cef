import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import * as v from 'valibot'
import type { Random } from '../../../dev/harness/random.ts'
import { openSession, type Session } from '../../../dev/harness/session.ts'
import { sameValue } from '../../../src/core/records/value.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { valueSchema } from '../../../src/protocol/value-schema.ts'
import type { Scene } from './rows.ts'
import { planStep, type Step } from './steps.ts'
import { pick, type SqlTouch, type Touch, type Values } from './touch.ts'

export type Writer = {
  readonly name: string
  readonly connectionString: string
  readonly tenant: string
  readonly transactions: number
  /** Longest pause inside a transaction and between two, in ms. */
  readonly longestPause: number
  readonly random: Random
  readonly values: Values
  readonly scene: Scene
  /** Called after each COMMIT. */
  readonly committed: () => Promise<void>
}

/** What a session did: by committed transaction its changes, and how often it had to give one up. */
export type Written = { readonly transactions: SqlTouch[][]; rolledBack: number; repeated: number }

/** Tries of one transaction before it is given up. */
const TRIES = 6

/** SQLSTATEs after which the same transaction may succeed: serialization failure and deadlock. */
const PASSING = ['40001', '40P01']

/** What two writers may do to each other: one key for two rows, a deleted assignee. */
const COLLISION = /^23/

/** Creates what writers draw the places of their changes from. */
export const PLACES = 'CREATE SEQUENCE outside_place'

/**
 * The place is drawn while the row is locked, so it is the order of the row's changes, known without
 * the engine's help.
 */
const RETURNING =
  "RETURNING nextval('outside_place')::int AS place, to_jsonb(old) AS before, to_jsonb(new) AS after"

/** Writes as a program would that knows nothing of the engine, in transactions that take their time. */
export async function writeExternal(writer: Writer): Promise<Written> {
  const { random, longestPause, connectionString } = writer
  const written: Written = { transactions: [], rolledBack: 0, repeated: 0 }
  await using session = await openSession(connectionString)
  // Whoever waits less finds the deadlock, and gives way: here it is us.
  await session.query("SET deadlock_timeout = '20ms'")
  for (let transaction = 0; transaction < writer.transactions; transaction++) {
    const steps = Array.from({ length: random.whole(1, 4) }, () => planStep(writer))
    const isolation = random.pick(['READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])
    const ends = random.chance(0.15) ? 'ROLLBACK' : 'COMMIT'
    await pause(random.whole(0, longestPause))
    for (let tries = 1; ; tries++) {
      const outcome = await attempt(writer, session, isolation, steps, ends)
      if (outcome === 'again' && tries < TRIES) {
        written.repeated += 1
        continue
      }
      if (outcome === 'again' || outcome === 'rolled-back') written.rolledBack += 1
      else {
        written.transactions.push(outcome)
        await writer.committed()
      }
      break
    }
  }
  return written
}

async function attempt(
  { name, random, longestPause }: Writer,
  session: Session,
  isolation: string,
  steps: readonly Step[],
  ends: 'COMMIT' | 'ROLLBACK',
): Promise<SqlTouch[] | 'again' | 'rolled-back'> {
  const touches: SqlTouch[] = []
  try {
    await session.query(`BEGIN ISOLATION LEVEL ${isolation}`)
    for (const { table, text, params } of steps) {
      const { rows } = await session.query(`${text} ${RETURNING}`, [...params])
      touches.push(...rows.flatMap((row) => toTouches(name, table, row)))
      await pause(random.whole(0, longestPause))
    }
    await session.query(ends)
    return ends === 'COMMIT' ? touches : 'rolled-back'
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code === undefined) throw error
    await session.query('ROLLBACK')
    if (PASSING.includes(error.code)) return 'again'
    if (COLLISION.test(error.code)) return 'rolled-back'
    throw error
  }
}

const rowSchema = v.record(v.string(), valueSchema)
const returnedSchema = v.object({
  place: v.number(),
  before: v.nullable(rowSchema),
  after: v.nullable(rowSchema),
})

/** A row under another key is another row. */
function toTouches(author: string, table: Touch['table'], returned: unknown): SqlTouch[] {
  const { place, before, after } = v.parse(returnedSchema, returned)
  const [over, wrote] = [existing(before), existing(after)]
  if (over && wrote && over['id'] === wrote['id']) {
    const changed = Object.keys(wrote).filter((name) => !sameValue(over[name], wrote[name]))
    if (changed.length === 0) return []
    const columns = { over: pick(over, changed), wrote: pick(wrote, changed) }
    return [{ author, table, id: String(over['id']), ...columns, place }]
  }
  return [
    ...(over ? [{ author, table, id: String(over['id']), over, place }] : []),
    ...(wrote ? [{ author, table, id: String(wrote['id']), wrote, place }] : []),
  ]
}

/** The columns of a row that are the application's; undefined for the row that an insert has not replaced. */
function existing(row: Row | null): Row | undefined {
  if (row === null || row['id'] === null) return undefined
  const { tenant_id: _, ...rest } = row
  return rest
}
