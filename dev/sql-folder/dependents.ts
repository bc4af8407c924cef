import type pg from 'pg'
import * as v from 'valibot'

/** What hangs on functions that have to go and come again: Postgres drops none of them while it does. */
export type Dependents = {
  /** Statements that take it away, and that bring it back. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** Other functions, by signature, and views that have to go along. */
  readonly functions: readonly string[]
  readonly views: readonly string[]
}

const DEPENDENTS = `
  WITH hanging AS (
    SELECT DISTINCT classid, objid, objsubid FROM pg_depend
      WHERE refclassid = 'pg_proc'::regclass AND refobjid = ANY ($1::regprocedure[]) AND deptype = 'n'
  )
  SELECT 'function' AS what, objid::regprocedure::text AS name, NULL AS before, NULL AS after
    FROM hanging WHERE classid = 'pg_proc'::regclass
  UNION ALL
  SELECT 'trigger', tgname, format('DROP TRIGGER %I ON %s;', tgname, tgrelid::regclass), pg_get_triggerdef(oid) || ';'
    FROM hanging JOIN pg_trigger ON oid = objid WHERE classid = 'pg_trigger'::regclass
  UNION ALL
  SELECT 'default', attname, format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT;', attrelid::regclass, attname),
      format(
        'ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s;', attrelid::regclass, attname, pg_get_expr(adbin, adrelid)
      )
    FROM hanging JOIN pg_attrdef ON pg_attrdef.oid = objid
    JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum WHERE classid = 'pg_attrdef'::regclass
  UNION ALL
  SELECT 'view', relname, NULL, NULL
    FROM hanging JOIN pg_rewrite ON pg_rewrite.oid = objid JOIN pg_class ON pg_class.oid = ev_class
    WHERE classid = 'pg_rewrite'::regclass AND relnamespace = 'tidemark'::regnamespace
  UNION ALL
  SELECT 'something', pg_describe_object(classid, objid, objsubid), NULL, NULL
    FROM hanging
    WHERE classid NOT IN ('pg_proc'::regclass, 'pg_trigger'::regclass, 'pg_attrdef'::regclass, 'pg_rewrite'::regclass)`

const dependentsSchema = v.array(
  v.object({
    what: v.string(),
    name: v.string(),
    before: v.nullable(v.string()),
    after: v.nullable(v.string()),
  }),
)

/** Reads what hangs on functions, which are named by their signatures. Throws where it is none that can come again. */
export async function readDependents(client: pg.Client, signatures: readonly string[]): Promise<Dependents> {
  const found = v.parse(dependentsSchema, (await client.query(DEPENDENTS, [signatures])).rows)
  const other = found.find(({ what }) => what === 'something')
  if (other)
    throw new Error(
      `${other.name} depends on a function that has to be dropped: write the migration by hand, it first.`,
    )
  return {
    before: found.flatMap(({ before }) => before ?? []),
    after: found.flatMap(({ after }) => after ?? []),
    functions: found.filter(({ what }) => what === 'function').map(({ name }) => name),
    views: found.filter(({ what }) => what === 'view').map(({ name }) => name),
  }
}
