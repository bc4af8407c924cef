import type pg from 'pg'
import * as v from 'valibot'

/** A function as Postgres has it. */
export type DescribedFunction = {
  readonly name: string
  /** The whole statement, as Postgres writes it. */
  readonly definition: string
  /** With the types of its arguments, as a statement names it. */
  readonly signature: string
  /** What CREATE OR REPLACE cannot change: names, types and defaults of arguments, and the result. */
  readonly head: string
}

/** The engine's schema as Postgres writes it, so that what is written otherwise and means the same is equal. */
export type DescribedSchema = {
  /** By name; one that is overloaded has more than one. */
  readonly functions: ReadonlyMap<string, readonly DescribedFunction[]>
  readonly views: ReadonlyMap<string, string>
  /** Who but the owner may do what: with each table, view and function, and with the schema. */
  readonly rights: ReadonlyMap<string, string>
  /** Everything else: the definition of each table, type, index, constraint, trigger and policy. */
  readonly others: ReadonlyMap<string, string>
}

const FUNCTIONS = `
  SELECT proname AS name, pg_get_functiondef(oid) AS definition, oid::regprocedure::text AS signature,
      concat(pg_get_function_arguments(oid), ' -> ', pg_get_function_result(oid), ' ', prokind) AS head
    FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace
    ORDER BY oid::regprocedure::text`

const VIEWS = `
  SELECT relname AS what,
      pg_get_viewdef(pg_class.oid) || string_agg(format_type(atttypid, atttypmod), ', ' ORDER BY attnum) AS definition
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
    WHERE relnamespace = 'tidemark'::regnamespace AND relkind = 'v' GROUP BY pg_class.oid`

const OTHERS = `
  WITH own AS (SELECT * FROM pg_class WHERE relnamespace = 'tidemark'::regnamespace)
  SELECT CASE relkind WHEN 'c' THEN 'type ' ELSE 'table ' END || own.oid::regclass AS what,
      string_agg(
        concat_ws(
          ' ', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END, attidentity,
          (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum)
        ),
        ', ' ORDER BY attnum
      ) AS definition
    FROM own JOIN pg_attribute ON attrelid = own.oid AND attnum > 0 AND NOT attisdropped
    WHERE relkind IN ('r', 'p', 'c') GROUP BY own.oid, relkind
  UNION ALL
  SELECT 'index ' || indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index JOIN own ON own.oid = indrelid
  UNION ALL
  SELECT format('constraint %s of %s', conname, conrelid::regclass), pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN own ON own.oid = conrelid WHERE contype <> 'n'
  UNION ALL
  SELECT format('trigger %s of %s', tgname, tgrelid::regclass), pg_get_triggerdef(pg_trigger.oid)
    FROM pg_trigger JOIN own ON own.oid = tgrelid WHERE NOT tgisinternal
  UNION ALL
  SELECT 'row security of ' || oid::regclass, concat(relrowsecurity, relforcerowsecurity) FROM own WHERE relkind = 'r'
  UNION ALL
  SELECT format('policy %s of %s', polname, polrelid::regclass),
      concat_ws(
        ' ', polpermissive, polcmd, polroles::regrole[], pg_get_expr(polqual, polrelid),
        pg_get_expr(polwithcheck, polrelid)
      )
    FROM pg_policy JOIN own ON own.oid = polrelid`

const RIGHTS = `
  WITH own AS (
    SELECT 'function ' || oid::regprocedure AS what, proowner AS owner, coalesce(proacl, acldefault('f', proowner)) AS acl
      FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace
    UNION ALL
    SELECT 'table ' || oid::regclass, relowner, relacl
      FROM pg_class WHERE relnamespace = 'tidemark'::regnamespace AND relkind IN ('r', 'v')
    UNION ALL
    SELECT 'schema ' || nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = 'tidemark'
  )
  SELECT 'rights on ' || what AS what,
      coalesce(
        string_agg(concat_ws(' ', privilege_type, nullif(grantee, 0)::regrole), ', ' ORDER BY grantee, privilege_type),
        ''
      ) AS definition
    FROM own LEFT JOIN LATERAL aclexplode(acl) AS item ON item.grantee <> owner
    GROUP BY what`

const functionsSchema = v.array(
  v.object({ name: v.string(), definition: v.string(), signature: v.string(), head: v.string() }),
)
const othersSchema = v.array(v.object({ what: v.string(), definition: v.string() }))

/** Describes the schema `tidemark` of a database. */
export async function describeSchema(client: pg.Client): Promise<DescribedSchema> {
  const functions = v.parse(functionsSchema, (await client.query(FUNCTIONS)).rows)
  return {
    functions: Map.groupBy(functions, ({ name }) => name),
    views: await read(client, VIEWS),
    rights: await readRights(client),
    others: await read(client, OTHERS),
  }
}

/** Who but the owner may do what in the schema `tidemark` of a database. */
export function readRights(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  return read(client, RIGHTS)
}

async function read(client: pg.Client, query: string): Promise<Map<string, string>> {
  const { rows } = await client.query(query)
  return new Map(v.parse(othersSchema, rows).map(({ what, definition }) => [what, definition]))
}
