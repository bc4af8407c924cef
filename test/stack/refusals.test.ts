import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../dev/harness/until.ts'
import { expectAccepted, expectCommitted, expectNothingTwice, outcomesOf } from '../support/outcomes.ts'
import { open, type Person } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack
let ada: Person
let ben: Person
let made = 0

/** Rules of the database that the application does not know. */
const RULES = [
  "ALTER TABLE assignees ADD CONSTRAINT assignees_named CHECK (name <> 'nobody')",
  'ALTER TABLE assignees ADD CONSTRAINT assignees_name UNIQUE (tenant_id, name) DEFERRABLE INITIALLY DEFERRED',
  `CREATE FUNCTION look_late() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF NEW.city = 'Atlantis' THEN RAISE EXCEPTION 'There is no such city.'; END IF;
       RETURN NULL;
     END $$`,
  `CREATE CONSTRAINT TRIGGER look_late AFTER INSERT OR UPDATE ON assignees
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look_late()`,
]

beforeAll(async () => {
  stack = await startStack()
  for (const rule of RULES) await stack.sql(rule)
  ada = await open(stack, 'ada')
  ben = await open(stack, 'ben')
  await expectCommitted([assignee()])
})

afterAll(async () => {
  ada.close()
  ben.close()
  await stack.stop()
})

const assignee = (values: { name?: string; city?: string } = {}) => {
  made += 1
  return ada.db.assignees.insert({ name: `Assignee ${made}`, ...values })
}

/** Everybody shows what Postgres holds. */
async function expectAllEqual(): Promise<void> {
  const rows = await stack.sql('SELECT id, name, email, city FROM assignees ORDER BY id')
  for (const { db } of [ada, ben]) {
    await until('the client shows the rows of Postgres', () => {
      const shown = db.assignees
        .all()
        .getSnapshot()
        .rows.map(({ id, name, email, city }) => ({ id, name, email, city }))
      return JSON.stringify(shown.toSorted((a, b) => (a.id < b.id ? -1 : 1))) === JSON.stringify(rows)
    })
  }
  await expectNothingTwice(stack)
}

describe.for([
  ['a check', () => assignee({ name: 'nobody' }), 'refused-check'],
  ['a deferred key', () => assignee({ name: 'Assignee 1' }), 'refused-unique'],
  ['a deferred rule', () => assignee({ city: 'Atlantis' }), 'refused-by-rule'],
] as const)('what %s refuses', ([, refused, code]) => {
  it('E2E-24 alone is undone with its reason, and later edits are stored', async () => {
    expect(await outcomesOf([refused()])).toEqual([code])
    await expectCommitted([assignee()])
    await expectAllEqual()
  })

  it('E2E-25 in the middle of a batch is undone alone: each edit around it is stored', async () => {
    const session = new pg.Client({ connectionString: stack.connectionString })
    await session.connect()
    await session.query('BEGIN')
    await session.query('LOCK TABLE assignees IN ACCESS EXCLUSIVE MODE')
    // The first is under way and meets the lock; the others gather behind it.
    const edits = [assignee()]
    await expectAccepted(edits)
    edits.push(assignee(), refused(), assignee(), refused(), assignee())
    await expectAccepted(edits)
    await session.end()
    expect(await outcomesOf(edits)).toEqual(['ok', 'ok', code, 'ok', code, 'ok'])
    await expectAllEqual()
  })
})
