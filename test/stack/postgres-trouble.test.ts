import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type FaultEndpoint, isBatch, startFaultEndpoint } from '../../dev/harness/fault-endpoint.ts'
import { signal } from '../../dev/harness/processes.ts'
import { until } from '../../dev/harness/until.ts'
import { expectAccepted, expectCommitted, expectNothingTwice } from '../support/outcomes.ts'
import { open, type Person } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

let faults: FaultEndpoint
let stack: Stack
let people: Person[]
/** Batches that have been sent to Postgres in this test. */
let batches: number
/** The assignee that a test's edits make, in Postgres at its end. */
let made = 0

beforeAll(async () => {
  faults = await startFaultEndpoint()
  faults.decide((asked) => {
    if (isBatch(asked)) batches += 1
    return 'pass'
  })
  stack = await startStack({ faults })
  people = [await open(stack, 'ada'), await open(stack, 'ben')]
})

afterAll(async () => {
  for (const person of people) person.close()
  await stack.stop()
  await faults[Symbol.asyncDispose]()
})

beforeEach(async () => {
  // What the last test broke is whole again, and its pauses are over.
  await expectCommitted(edit())
  batches = 0
})

/** Everybody makes an assignee. */
function edit() {
  return people.map(({ db }) => {
    made += 1
    return db.assignees.insert({ id: `a${made}`, name: `Assignee ${made}` })
  })
}

/** All that was ever made is in Postgres, once, and Postgres takes more. */
async function expectAllThere(): Promise<void> {
  await expectCommitted(edit())
  expect(await stack.sql('SELECT count(*)::int AS n FROM assignees')).toEqual([{ n: made }])
  await expectNothingTwice(stack)
}

it('E2E-20 while Postgres is frozen editing goes on; when it thaws, calls given up and calls repeated have one effect', async () => {
  const pids = stack.postgresPids()
  for (const pid of pids) signal(pid, 'SIGSTOP')
  let edits = edit()
  try {
    await expectAccepted(edits)
    // The object gives the first call up at its deadline, and asks again.
    await until('the batch is sent again', () => batches > 1)
    edits = [...edits, ...edit()]
    await expectAccepted(edits)
  } finally {
    for (const pid of pids) signal(pid, 'SIGCONT')
  }
  await expectCommitted(edits)
  await expectAllThere()
})

it('E2E-21 when Postgres has no connection left edits wait, and are stored once there is one', async () => {
  const hoard: pg.Client[] = []
  const hoardAll = async () => {
    for (;;) {
      const client = new pg.Client({ connectionString: stack.connectionString })
      client.on('error', () => undefined)
      const refused = await client.connect().then(
        () => undefined,
        (error: unknown) => error,
      )
      if (refused) return expect(refused).toMatchObject({ code: '53300' })
      hoard.push(client)
    }
  }
  try {
    await hoardAll()
    // The endpoint's own connections go last: it takes none until it is asked.
    await hoard[0]?.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> ALL ($1)",
      [
        await Promise.all(
          hoard.map(async (client) => (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid),
        ),
      ],
    )
    await hoardAll()
    const edits = edit()
    await expectAccepted(edits)
    await until('the batch is sent again', () => batches > 1)
    for (const client of hoard.splice(0)) await client.end()
    await expectCommitted(edits)
  } finally {
    for (const client of hoard) await client.end()
  }
  await expectAllThere()
})

it('E2E-22 while somebody has a table locked its edits wait, and editing goes on', async () => {
  const session = new pg.Client({ connectionString: stack.connectionString })
  await session.connect()
  const edits = await (async () => {
    try {
      await session.query('BEGIN')
      await session.query('LOCK TABLE assignees IN ACCESS EXCLUSIVE MODE')
      const waiting = edit()
      await expectAccepted(waiting)
      await until('the call has given the lock up and asked again', () => batches > 1)
      return waiting
    } finally {
      await session.end()
    }
  })()
  await expectCommitted(edits)
  await expectAllThere()
})

/** Statements of a trigger that end the first tries. */
const troubles: [string, string][] = [
  ['a deadlock', "RAISE EXCEPTION 'trouble' USING ERRCODE = '40P01'"],
  ['a serialization failure', "RAISE EXCEPTION 'trouble' USING ERRCODE = '40001'"],
  ['a shutdown', "RAISE EXCEPTION 'trouble' USING ERRCODE = '57P01'"],
  ['the end of the connection', 'PERFORM pg_terminate_backend(pg_backend_pid())'],
]

it.for(troubles)(
  'E2E-23 %s is nobody’s mistake: the edits are sent again until they are stored',
  async ([, trouble]) => {
    // A sequence keeps counting when its transaction is rolled back.
    await stack.sql('CREATE SEQUENCE attempts; GRANT USAGE ON SEQUENCE attempts TO tidemark_app')
    await stack.sql(`CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF nextval('attempts') <= 3 THEN ${trouble}; END IF; RETURN NEW; END $$`)
    await stack.sql(
      'CREATE TRIGGER trouble BEFORE INSERT ON assignees FOR EACH STATEMENT EXECUTE FUNCTION trouble()',
    )
    try {
      await expectCommitted(edit())
      expect(batches).toBeGreaterThan(3)
    } finally {
      await stack.sql('DROP FUNCTION trouble CASCADE')
      await stack.sql('DROP SEQUENCE attempts')
    }
    await expectAllThere()
  },
)
