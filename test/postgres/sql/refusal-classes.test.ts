import { beforeAll, describe, expect, test } from 'vitest'
import type { Row } from '../../../src/protocol/value.ts'
import { explain } from '../../../src/tenant/upstream/refusal.ts'
import { useDatabase } from '../support/database.ts'
import { batchOf, done, EPOCH, entry, insertAssignee, proposalOf, update } from '../support/edits.ts'

const database = useDatabase()

/** Names of assignees for which a rule of the application's own fails, and the SQLSTATE that it fails with. */
const RULES: Readonly<Record<string, readonly [statement: string, sqlState: string]>> = {
  own: ["RAISE EXCEPTION 'Ask the owner first.' USING ERRCODE = 'UX042'", 'UX042'],
  mysql: ["RAISE EXCEPTION 'Not on a Sunday.' USING ERRCODE = '45000'", '45000'],
  assert: ["ASSERT false, 'never'", 'P0004'],
  'no data': ['SELECT name INTO STRICT v FROM assignees WHERE false', 'P0002'],
  'too many': ['SELECT generate_series(1, 2)::text INTO STRICT v', 'P0003'],
  'no case': ['CASE 1 WHEN 2 THEN v := NULL; END CASE', '20000'],
  subquery: ['v := (SELECT generate_series(1, 2)::text)', '21000'],
  division: ['v := (1 / 0)::text', '22012'],
  sequence: ["v := currval('drawn')::text", '55000'],
}

beforeAll(async () => {
  const cases = Object.entries(RULES).map(
    ([name, [statement]]) => `IF NEW.name = '${name}' THEN ${statement}; END IF;`,
  )
  await database.sql(`
    CREATE SEQUENCE drawn;
    GRANT USAGE ON SEQUENCE drawn TO tidemark_app;
    CREATE INDEX assignees_city ON assignees (city);
    CREATE FUNCTION check_assignee() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE v text; BEGIN ${cases.join(' ')} RETURN NEW; END $$;
    CREATE TRIGGER check_assignee BEFORE INSERT OR UPDATE ON assignees FOR EACH ROW EXECUTE FUNCTION check_assignee()`)
})

/** Three edits of which the second is at fault, and what became of them. */
async function among(tenant: string, fault: Row) {
  const gateway = database.gateway(tenant)
  await done(gateway.open(EPOCH))
  const edits = [
    entry(1, [insertAssignee('a')]),
    entry(2, [insertAssignee('b', fault)]),
    entry(3, [insertAssignee('c')]),
  ]
  const first = await done(gateway.apply(batchOf(edits)))
  const rest = await done(gateway.apply(batchOf(edits.slice(2))))
  const rows = await database.sql('SELECT id FROM assignees WHERE tenant_id = $1 ORDER BY id', [tenant])
  return { first, rest, ids: rows.map(({ id }) => id) }
}

describe('an error that is about one edit', () => {
  test.for(Object.entries(RULES))('ASD-8 refuses that edit alone: %s', async ([name, [, sqlState]]) => {
    const { first, rest, ids } = await among(`rule-${name}`, { name })
    expect(first).toMatchObject({ is: 'applied', applied: 2, refusals: [{ seq: 2, sqlState }] })
    expect(rest).toMatchObject({ is: 'applied', applied: 3, refusals: [] })
    expect(ids).toEqual(['a', 'c'])
  })

  test('ASD-8 such as a value that an index has no room for', async () => {
    const city = Array.from({ length: 9_000 }, (_, i) =>
      String.fromCodePoint(0x4e00 + ((i * 7_919) % 20_000)),
    ).join('')
    const { first, ids } = await among('index', { city })
    expect(first).toMatchObject({ refusals: [{ seq: 2, sqlState: '54000' }] })
    expect(ids).toEqual(['a', 'c'])
  })

  test('ASD-8 such as one that gives a value to a column which Postgres fills', async () => {
    await database.sql(
      'ALTER TABLE assignees DROP COLUMN email; ALTER TABLE assignees ADD COLUMN email text GENERATED ALWAYS AS (id) STORED',
    )
    const gateway = database.gateway('generated')
    await done(gateway.open(EPOCH))
    const profile = { id: 'p', name: 'P', welcome: '', coverImage: '', locale: 'en' }
    const edits = [
      entry(1, [insertAssignee('a')]),
      entry(2, [{ kind: 'insert', collection: 'boardSettings', id: 'p', after: profile }]),
    ]
    expect(await done(gateway.apply(batchOf(edits)))).toMatchObject({
      applied: 1,
      refusals: [{ seq: 1, sqlState: '428C9' }],
    })
    expect(await done(gateway.apply(batchOf(edits.slice(1))))).toMatchObject({ applied: 2, refusals: [] })
    const asked = proposalOf(9, [update('assignees', 'a', { email: 'x' })], 'client-ben')
    const empty = { epoch: EPOCH, after: 2, upTo: 2, entries: [], net: [] }
    expect(await done(gateway.propose(empty, asked))).toMatchObject({
      verdict: { is: 'refused', refusal: { sqlState: '428C9' } },
    })
  })

  test.for<[state: string, code: string, message: string]>([
    ['UX042', 'refused-by-rule', 'Ask.'],
    ['45000', 'refused-by-rule', 'Ask.'],
    ['P0001', 'refused-by-rule', 'Ask.'],
    ['P0002', 'refused-value', 'The database does not take this value.'],
    ['54000', 'refused-value', 'The database does not take this value.'],
    ['428C9', 'refused-value', 'The database fills in a value of this record by itself.'],
    ['42501', 'refused-by-rule', 'A rule of the database does not allow this change.'],
    ['TM005', 'refused-value', 'Ask.'],
  ])('ASD-8 is told to its author: %s', ([sqlState, code, message]) => {
    expect(explain({ seq: 1, sqlState, message: 'Ask.' })).toMatchObject({ code, message })
  })
})

test('ASD-8 all others end the call: what may pass, and what people mend while edits wait', async () => {
  const states =
    `08006 0A000 25006 26000 28P01 3D000 3F000 40001 40P01 42P01 42703 42883 42501 42804 53100 53300 55006
    55P03 57014 57P01 58030 72000 F0000 HV000 XX000 XX001 TM004 TM011`.split(/\s+/)
  const rows = await database.sql(
    "SELECT state FROM unnest($1::text[]) AS state WHERE tidemark.is_refusal(state, 'permission denied for table x')",
    [states],
  )
  expect(rows).toEqual([])
  const policy = `SELECT tidemark.is_refusal('42501', 'new row violates row-level security policy for table "x"') AS it`
  expect(await database.sql(policy)).toEqual([{ it: true }])
})
