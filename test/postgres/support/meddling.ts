import type pg from 'pg'
import type { Random } from '../../../dev/harness/random.ts'

export const ROWS = 5

/**
 * Triggers that do this and that to any assignees of the tenant, and so set off each other, up to some depth. What
 * they do follows from a sequence alone, whatever session they run in.
 */
const MEDDLE = `
  CREATE SEQUENCE chance;
  -- For edits they run with the rights of the Worker's role.
  GRANT USAGE ON SEQUENCE chance TO tidemark_app;
  CREATE FUNCTION chance() RETURNS double precision LANGUAGE sql VOLATILE AS
    $$ SELECT (hashint8(nextval('chance')) & 65535) / 65536.0::double precision $$;
  CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    v_tenant text := nullif(current_setting('test.tenant', true), '');
    v_id text := 'a' || 1 + floor(chance() * ${ROWS})::int;
    v_new text := floor(chance() * 1000)::text;
    v_left int := coalesce(nullif(current_setting('test.left', true), ''), '20')::int;
  BEGIN
    IF TG_LEVEL = 'ROW' THEN v_tenant := CASE WHEN TG_OP = 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END; END IF;
    IF v_tenant IS NULL OR v_left = 0 OR pg_trigger_depth() > 3 OR chance() > 0.5 THEN
      RETURN coalesce(NEW, OLD);
    END IF;
    PERFORM set_config('test.left', (v_left - 1)::text, true);
    CASE floor(chance() * 7)::int
      WHEN 0 THEN UPDATE assignees SET city = v_new WHERE tenant_id = v_tenant AND id = v_id;
      WHEN 1 THEN UPDATE assignees SET city = v_new WHERE tenant_id = v_tenant;
      WHEN 2 THEN DELETE FROM assignees WHERE tenant_id = v_tenant AND id = v_id;
      WHEN 3 THEN INSERT INTO assignees (tenant_id, id, name) VALUES (v_tenant, v_id, v_new) ON CONFLICT DO NOTHING;
      WHEN 4 THEN UPDATE assignees SET city = city WHERE tenant_id = v_tenant;
      WHEN 5 THEN UPDATE assignees SET name = left(name, 20) || '!' WHERE tenant_id = v_tenant AND id >= v_id;
      ELSE
        DELETE FROM assignees WHERE tenant_id = v_tenant AND id = v_id;
        INSERT INTO assignees (tenant_id, id, name) VALUES (v_tenant, v_id, 'again') ON CONFLICT DO NOTHING;
    END CASE;
    RETURN coalesce(NEW, OLD);
  END $$;
  CREATE FUNCTION visit(v_id text) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE assignees SET city = 'visited' WHERE tenant_id = current_setting('test.tenant') AND id > v_id;
    RETURN 'visitor';
  END $$`

const EVERY = 'INSERT OR UPDATE OR DELETE ON assignees'

/** When it happens. Our own trigger is called `00_tidemark_change`: one comes before it. */
const WAYS = {
  'after each row': `CREATE TRIGGER meddle AFTER ${EVERY} FOR EACH ROW EXECUTE FUNCTION meddle()`,
  'after each row, and before ours': `CREATE TRIGGER "00_meddle" AFTER ${EVERY} FOR EACH ROW EXECUTE FUNCTION meddle()`,
  'before each row': `CREATE TRIGGER meddle BEFORE ${EVERY} FOR EACH ROW EXECUTE FUNCTION meddle()`,
  'after each statement': `CREATE TRIGGER meddle AFTER ${EVERY} FOR EACH STATEMENT EXECUTE FUNCTION meddle()`,
  'at the end of the transaction': `CREATE CONSTRAINT TRIGGER meddle AFTER ${EVERY}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION meddle()`,
  'in a function that a statement calls': '',
} as const

export type Way = keyof typeof WAYS

export const EVERY_WAY: readonly Way[] = [
  'after each row',
  'after each row, and before ours',
  'before each row',
  'after each statement',
  'at the end of the transaction',
  'in a function that a statement calls',
]

/** Prepares a database for it. */
export async function installMeddling(session: pg.Client): Promise<void> {
  await session.query(MEDDLE)
}

/** Has triggers meddle for as long as something runs. */
export async function withMeddling(
  session: pg.Client,
  way: Way,
  seed: number,
  work: () => Promise<void>,
): Promise<void> {
  await session.query(`ALTER SEQUENCE chance RESTART WITH ${seed * 100_000}; ${WAYS[way]}`)
  try {
    await work()
  } finally {
    await session.query(
      'DROP TRIGGER IF EXISTS meddle ON assignees; DROP TRIGGER IF EXISTS "00_meddle" ON assignees',
    )
  }
}

/** Some statement on the assignees of the tenant that \`test.tenant\` names. */
export function drawStatement(random: Random, way: Way): string {
  const [id, other] = [`'a${random.whole(1, ROWS)}'`, `'a${random.whole(1, ROWS)}'`]
  const text = `'${random.whole(1, 999)}'`
  const own = "current_setting('test.tenant')"
  const all = `tenant_id = ${own}`
  const calls = way === 'in a function that a statement calls' ? 'visit(id)' : text
  return random.pick([
    `UPDATE assignees SET city = ${text}, email = ${calls} WHERE ${all}`,
    `UPDATE assignees SET city = ${text} WHERE ${all} AND id IN (${id}, ${other})`,
    `UPDATE assignees SET email = ${calls} WHERE ${all} AND id = ${id}`,
    `DELETE FROM assignees WHERE ${all} AND id >= ${id}`,
    `DELETE FROM assignees WHERE ${all} AND id IN (${id}, ${other})`,
    `INSERT INTO assignees (tenant_id, id, name)
       SELECT ${own}, 'a' || i, ${text} FROM generate_series(1, ${ROWS}) AS i ON CONFLICT DO NOTHING`,
    `INSERT INTO assignees (tenant_id, id, name) VALUES (${own}, ${id}, 'new'), (${own}, ${id} || 'b', 'new')
       ON CONFLICT (tenant_id, id) DO UPDATE SET city = ${text}`,
    `UPDATE assignees SET id = ${other} WHERE ${all} AND id = ${id}`,
    `MERGE INTO assignees USING (VALUES (${id}), (${other}), (${id} || 'b')) AS wished (key) ON ${all} AND id = key
       WHEN MATCHED AND key = ${id} THEN DELETE
       WHEN MATCHED THEN UPDATE SET city = ${text}
       WHEN NOT MATCHED THEN INSERT (tenant_id, id, name) VALUES (${own}, key, 'merged')`,
  ])
}
