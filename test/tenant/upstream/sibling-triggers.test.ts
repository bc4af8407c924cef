import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { Row } from '../../../src/protocol/value.ts'
import { sql } from '../support/database.ts'
import { nudge, objectOf } from '../support/outside-world.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { change, contact, invoice } from '../support/samples.ts'

beforeAll(async () => {
  await sql(`CREATE OR REPLACE FUNCTION only_one_city() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE contacts SET city = '' WHERE tenant_id = NEW.tenant_id AND id <> NEW.id AND city = NEW.city AND city <> '';
    RETURN NULL; END $$`)
  await sql(`CREATE OR REPLACE FUNCTION drop_namesakes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM contacts WHERE tenant_id = NEW.tenant_id AND name = NEW.name AND id > NEW.id;
    RETURN NULL; END $$`)
  await sql(`CREATE OR REPLACE FUNCTION come_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO contacts (tenant_id, id, name) SELECT OLD.tenant_id, 'c2', 'Back'
      WHERE OLD.id = 'c1' ON CONFLICT DO NOTHING;
    RETURN NULL; END $$`)
  await sql(`CREATE OR REPLACE FUNCTION count_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE invoices SET reminders = reminders + 10 WHERE tenant_id = NEW.tenant_id AND notes <> NEW.notes;
    RETURN NULL; END $$`)
})

afterEach(() =>
  sql('DROP TRIGGER IF EXISTS sibling ON contacts').then(() =>
    sql('DROP TRIGGER IF EXISTS sibling ON invoices'),
  ),
)

async function withTrigger(tenant: string, what: string, how: string): Promise<void> {
  const about = what.startsWith('AFTER DELETE') ? 'OLD' : 'NEW'
  await sql(
    `CREATE TRIGGER sibling ${what} FOR EACH ROW WHEN (${about}.tenant_id = '${tenant}') EXECUTE FUNCTION ${how}()`,
  )
}

const COLUMNS = {
  contacts: 'id, name, email, city',
  invoices: 'id, reminders, notes',
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

/** Ada, connected, and two contacts that Postgres has. */
async function withContacts(name: string) {
  const tenant = newTenant(name)
  await sql("INSERT INTO contacts (tenant_id, id, name) VALUES ($1, 'c1', 'Ann'), ($1, 'c2', 'Ben')", tenant)
  return { tenant, ada: await Peer.join({ sub: 'ada', tenant }) }
}

it('OUT-20 a statement whose trigger changes the other rows of the statement leaves the object with what Postgres has', async () => {
  const { tenant } = await withContacts('cleared')
  await withTrigger(tenant, 'AFTER UPDATE OF city ON contacts', 'only_one_city')
  await sql("UPDATE contacts SET city = 'HQ' WHERE tenant_id = $1", tenant)
  await expectEqual(tenant, 'contacts', [{ id: 'c1' }, { id: 'c2' }])
})

it('OUT-20 rows that a trigger deletes while they are inserted are on no screen', async () => {
  const { tenant, ada } = await withContacts('deduplicated')
  await withTrigger(tenant, 'AFTER INSERT ON contacts', 'drop_namesakes')
  await sql(
    "INSERT INTO contacts (tenant_id, id, name) SELECT $1, 'd' || i, 'Same' FROM generate_series(1, 3) AS i",
    tenant,
  )
  await expectEqual(tenant, 'contacts', [{ id: 'c1' }, { id: 'c2' }, { id: 'd1' }])
  expect(JSON.stringify(ada.frames)).not.toContain('"d2"')
})

it('OUT-20 a row that a trigger brings back while it is deleted is there', async () => {
  const { tenant } = await withContacts('back')
  await withTrigger(tenant, 'AFTER DELETE ON contacts', 'come_back')
  await sql('DELETE FROM contacts WHERE tenant_id = $1', tenant)
  await expectEqual(tenant, 'contacts', [{ id: 'c2', name: 'Back' }])
})

it('OUT-21 what the triggers of a batch do to rows of the batch counts once, whatever came before it there', async () => {
  const { tenant, ada } = await withContacts('counted')
  await ada.push(
    ada.edit(contact('c3'), invoice('i1', { contactId: 'c1' }), invoice('i2', { contactId: 'c1' })),
  )
  await ada.committed(1)
  await withTrigger(tenant, 'AFTER UPDATE OF notes ON invoices', 'count_on')
  await ada.push(
    ada.edit(
      change('i1', { notes: { set: 'a' }, reminders: { add: 1 } }),
      change('i2', { notes: { set: 'b' } }),
    ),
    ada.edit(change('i2', { reminders: { add: 2 } }), change('i1', { notes: { set: 'c' } })),
  )
  await ada.committed(3)
  const there = await sql(
    'SELECT id, reminders, notes FROM invoices WHERE tenant_id = $1 ORDER BY id',
    tenant,
  )
  await expectEqual(
    tenant,
    'invoices',
    there.map(({ id, notes }) => ({ id: String(id), notes: String(notes) })),
  )
})

it('OUT-21 a row that came and went in one transaction is told to nobody, and holds up no edit of it', async () => {
  const { tenant, ada } = await withContacts('undone')
  await sql(`DO $$ BEGIN
    INSERT INTO contacts (tenant_id, id, name) VALUES ('${tenant}', 'c9', 'Brief');
    DELETE FROM contacts WHERE tenant_id = '${tenant}' AND id = 'c9';
  END $$`)
  const said = vi.spyOn(console, 'log')
  await ada.push(ada.edit(contact('c9')))
  await ada.committed(1)
  expect(JSON.stringify(said.mock.calls)).not.toContain('drain-failed')
  said.mockRestore()
  expect(JSON.stringify(ada.frames)).not.toContain('Brief')
})
