import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { Row } from '../../../src/protocol/value.ts'
import { sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'
import { nudge, objectOf } from '../support/tenant-world.ts'

beforeAll(async () => {
  await sql(`CREATE OR REPLACE FUNCTION only_one_city() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE assignees SET city = '' WHERE tenant_id = NEW.tenant_id AND id <> NEW.id AND city = NEW.city AND city <> '';
    RETURN NULL; END $$`)
  await sql(`CREATE OR REPLACE FUNCTION drop_namesakes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM assignees WHERE tenant_id = NEW.tenant_id AND name = NEW.name AND id > NEW.id;
    RETURN NULL; END $$`)
  await sql(`CREATE OR REPLACE FUNCTION come_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO assignees (tenant_id, id, name) SELECT OLD.tenant_id, 'a2', 'Back'
      WHERE OLD.id = 'a1' ON CONFLICT DO NOTHING;
    RETURN NULL; END $$`)
  await sql(`CREATE OR REPLACE FUNCTION count_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE cards SET reactions = reactions + 10 WHERE tenant_id = NEW.tenant_id AND notes <> NEW.notes;
    RETURN NULL; END $$`)
})

afterEach(() =>
  sql('DROP TRIGGER IF EXISTS sibling ON assignees').then(() =>
    sql('DROP TRIGGER IF EXISTS sibling ON cards'),
  ),
)

async function withTrigger(tenant: string, what: string, how: string): Promise<void> {
  const about = what.startsWith('AFTER DELETE') ? 'OLD' : 'NEW'
  await sql(
    `CREATE TRIGGER sibling ${what} FOR EACH ROW WHEN (${about}.tenant_id = '${tenant}') EXECUTE FUNCTION ${how}()`,
  )
}

const COLUMNS = {
  assignees: 'id, name, email, city',
  cards: 'id, reactions, notes',
}

/** Waits until the object has exactly what Postgres has, which is looked for once. */
async function expectEqual(
  tenant: string,
  table: keyof typeof COLUMNS,
  wanted: readonly Row[],
): Promise<void> {
  await nudge(tenant)
  const there = await sql(`SELECT ${COLUMNS[table]} FROM ${table} WHERE tenant_id = $1 ORDER BY id`, tenant)
  expect(there).toMatchObject(wanted)
  expect(there).toHaveLength(wanted.length)
  const inObject = () =>
    runInDurableObject(objectOf(tenant), (_, { storage }) =>
      storage.sql
        .exec<{ row: string }>(
          'SELECT row FROM record WHERE collection = ? AND deleted_seq IS NULL ORDER BY id',
          table,
        )
        .toArray()
        .map(({ row }): Row => JSON.parse(row)),
    )
  await expect.poll(inObject).toMatchObject(there)
  expect(await inObject()).toHaveLength(there.length)
}

/** Ada, connected, and two assignees that Postgres has. */
async function withAssignees(name: string) {
  const tenant = newTenant(name)
  await sql("INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a1', 'Ann'), ($1, 'a2', 'Ben')", tenant)
  return { tenant, ada: await Peer.join({ sub: 'ada', tenant }) }
}

it('OUT-20 a statement whose trigger changes the other rows of the statement leaves the object with what Postgres has', async () => {
  const { tenant } = await withAssignees('cleared')
  await withTrigger(tenant, 'AFTER UPDATE OF city ON assignees', 'only_one_city')
  await sql("UPDATE assignees SET city = 'HQ' WHERE tenant_id = $1", tenant)
  await expectEqual(tenant, 'assignees', [{ id: 'a1' }, { id: 'a2' }])
})

it('OUT-20 rows that a trigger deletes while they are inserted are on no screen', async () => {
  const { tenant, ada } = await withAssignees('deduplicated')
  await withTrigger(tenant, 'AFTER INSERT ON assignees', 'drop_namesakes')
  await sql(
    "INSERT INTO assignees (tenant_id, id, name) SELECT $1, 'd' || i, 'Same' FROM generate_series(1, 3) AS i",
    tenant,
  )
  await expectEqual(tenant, 'assignees', [{ id: 'a1' }, { id: 'a2' }, { id: 'd1' }])
  expect(JSON.stringify(ada.frames)).not.toMatch(/["_-]d2"/)
})

it('OUT-20 a row that a trigger brings back while it is deleted is there', async () => {
  const { tenant } = await withAssignees('back')
  await withTrigger(tenant, 'AFTER DELETE ON assignees', 'come_back')
  await sql('DELETE FROM assignees WHERE tenant_id = $1', tenant)
  await expectEqual(tenant, 'assignees', [{ id: 'a2', name: 'Back' }])
})

it('OUT-21 what the triggers of a batch do to rows of the batch counts once, whatever came before it there', async () => {
  const { tenant, ada } = await withAssignees('counted')
  await ada.push(ada.edit(assignee('a3'), card('c1', { assigneeId: 'a1' }), card('c2', { assigneeId: 'a1' })))
  await ada.committed(1)
  await withTrigger(tenant, 'AFTER UPDATE OF notes ON cards', 'count_on')
  await ada.push(
    ada.edit(
      change('c1', { notes: { set: 'a' }, reactions: { add: 1 } }),
      change('c2', { notes: { set: 'b' } }),
    ),
    ada.edit(change('c2', { reactions: { add: 2 } }), change('c1', { notes: { set: 'c' } })),
  )
  await ada.committed(3)
  const there = await sql('SELECT id, reactions, notes FROM cards WHERE tenant_id = $1 ORDER BY id', tenant)
  await expectEqual(
    tenant,
    'cards',
    there.map(({ id, notes }) => ({ id: String(id), notes: String(notes) })),
  )
})

it('OUT-21 a row that came and went in one transaction is told to nobody, and holds up no edit of it', async () => {
  const { tenant, ada } = await withAssignees('undone')
  await sql(`DO $$ BEGIN
    INSERT INTO assignees (tenant_id, id, name) VALUES ('${tenant}', 'a9', 'Brief');
    DELETE FROM assignees WHERE tenant_id = '${tenant}' AND id = 'a9';
  END $$`)
  const said = vi.spyOn(console, 'log')
  await ada.push(ada.edit(assignee('a9')))
  await ada.committed(1)
  expect(JSON.stringify(said.mock.calls)).not.toContain('drain-failed')
  said.mockRestore()
  expect(JSON.stringify(ada.frames)).not.toContain('Brief')
})
