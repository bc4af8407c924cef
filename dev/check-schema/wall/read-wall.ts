import type { Client } from 'pg'
import * as v from 'valibot'
import { APPLICATION_ROLE } from '../../application-role.ts'
import { wallStatements } from '../../sync-statements.ts'
import { findOutdatedPolicies } from '../find-outdated-policies.ts'
import { quote } from '../quote.ts'

const names = v.array(v.string())

const roleSchema = v.object({
  name: v.string(),
  /** What a role that policies are to bind must not be. */
  powers: names,
  /** Other roles whose rights it may take. */
  memberOf: names,
  canSignIn: v.boolean(),
})

const pairSchema = v.object({ table: v.string(), name: v.string() })

const factsSchema = v.object({
  roles: v.array(roleSchema),
  owned: names,
  unpinned: names,
  elsewhere: names,
  otherOwner: names,
  looseKeys: v.array(pairSchema),
  excess: v.array(pairSchema),
  sequences: v.array(pairSchema),
  triggers: v.array(pairSchema),
  losers: v.array(v.object({ table: v.string(), name: v.string(), rights: v.string() })),
  engineTables: v.array(v.object({ table: v.string(), oid: v.number(), rowSecurity: v.boolean() })),
})

/** What Postgres has of the second wall, beside what is checked of each synced table. */
export type WallFacts = Omit<v.InferOutput<typeof factsSchema>, 'engineTables'> & {
  /** Tables of the engine with rows of tenants, with what they lack. */
  readonly lacking: readonly { readonly table: string; readonly statements: readonly string[] }[]
}

/**
 * Bits of pg_trigger.tgtype and letters of pg_class.relkind are those of Postgres' catalogs. A role whose rights are
 * inherited is bound by the policies of the other one.
 *
 *   $1  the synced tables, by their oids
 *   $2  the names of the engine's functions
 *   $3  the names of its tables
 */
const FACTS = `
  WITH app AS (SELECT oid FROM pg_roles WHERE rolname = '${APPLICATION_ROLE}'),
  bound AS (
    SELECT pg_roles.* FROM pg_roles, app
      WHERE pg_roles.oid = app.oid
        OR EXISTS (SELECT FROM pg_auth_members WHERE roleid = app.oid AND member = pg_roles.oid
          AND coalesce((to_jsonb(pg_auth_members) ->> 'inherit_option')::boolean, rolinherit))
  ),
  synced AS (
    SELECT pg_class.*, nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE pg_class.oid = ANY ($1)
  ),
  engine AS (SELECT * FROM pg_class WHERE relnamespace = 'tidemark'::regnamespace AND relkind = 'r'),
  tenants AS (
    SELECT attrelid, attnum FROM pg_attribute WHERE attname = 'tenant_id' AND attnum > 0 AND NOT attisdropped
  ),
  shown AS (SELECT oid, relname, relowner, relacl, nspname FROM synced
    UNION ALL SELECT oid, 'tidemark.' || relname, relowner, relacl, 'tidemark' FROM engine WHERE relname IN (
      'conflict', 'notification', 'notification_state', 'notification_preference'
    ))
  SELECT jsonb_build_object(
    'roles', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
          'name', rolname, 'canSignIn', rolcanlogin,
          'powers', array_remove(ARRAY[
            CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
            CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
            CASE WHEN rolinherit AND bound.oid = (SELECT oid FROM app) THEN 'INHERIT' END
          ], NULL),
          'memberOf', ARRAY(
            SELECT roleid::regrole::text FROM pg_auth_members
              WHERE member = bound.oid AND roleid <> (SELECT oid FROM app)
          )
        ) ORDER BY rolname), '[]') FROM bound
    ),
    'owned', (
      SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM (
        SELECT relname AS name, relowner AS owner FROM synced
        UNION ALL SELECT 'tidemark.' || relname, relowner FROM pg_class WHERE relnamespace = 'tidemark'::regnamespace
        UNION ALL SELECT oid::regprocedure::text, proowner FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace
        UNION ALL SELECT nspname, nspowner FROM pg_namespace WHERE nspname = 'tidemark'
      ) AS things WHERE owner IN (SELECT oid FROM bound)
    ),
    'unpinned', (
      SELECT coalesce(jsonb_agg(oid::regprocedure::text ORDER BY oid::regprocedure::text), '[]') FROM pg_proc
        WHERE pronamespace = 'tidemark'::regnamespace AND proname = ANY ($2) AND prosqlbody IS NULL
          AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting LIKE 'search_path=pg\\_catalog,%')
    ),
    'elsewhere', (SELECT coalesce(jsonb_agg(relname ORDER BY relname), '[]') FROM synced WHERE nspname <> 'public'),
    'otherOwner', (
      SELECT coalesce(jsonb_agg(relname ORDER BY relname), '[]') FROM synced
        JOIN pg_proc ON pg_proc.oid = 'tidemark.capture_truncate()'::regprocedure AND proowner <> relowner
        JOIN pg_roles ON pg_roles.oid = proowner AND NOT rolsuper AND NOT rolbypassrls
    ),
    'looseKeys', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('table', relname, 'name', conname) ORDER BY conname), '[]')
        FROM pg_constraint JOIN synced ON synced.oid = conrelid
        JOIN tenants AS own ON own.attrelid = conrelid
        JOIN tenants AS other ON other.attrelid = confrelid
        WHERE contype = 'f' AND (conkey[1] <> own.attnum OR confkey[1] <> other.attnum)
    ),
    'excess', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('table', relname, 'name', wanted) ORDER BY relname, wanted), '[]')
        FROM synced, app, unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES']) AS wanted
        WHERE has_table_privilege(app.oid, synced.oid, wanted)
    ),
    'sequences', (
      SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('table', synced.relname, 'name', used.oid::regclass)), '[]')
        FROM pg_attrdef JOIN synced ON synced.oid = adrelid
        JOIN pg_depend ON classid = 'pg_attrdef'::regclass AND objid = pg_attrdef.oid AND refclassid = 'pg_class'::regclass
        JOIN pg_class AS used ON used.oid = refobjid AND used.relkind = 'S'
        CROSS JOIN app WHERE NOT has_sequence_privilege(app.oid, used.oid, 'USAGE')
    ),
    'triggers', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('table', relname, 'name', tgname) ORDER BY relname, tgname), '[]')
        FROM pg_trigger JOIN synced ON synced.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE NOT tgisinternal AND tgenabled <> 'D' AND NOT prosecdef AND pronamespace <> 'tidemark'::regnamespace
    ),
    'losers', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
          'table', relname, 'name', coalesce(rolname, 'PUBLIC'), 'rights', rights
        ) ORDER BY relname, rolname), '[]')
        FROM (
          SELECT relname, relowner, shown.oid, grantee, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS rights
            FROM shown CROSS JOIN LATERAL aclexplode(relacl)
            WHERE privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
            GROUP BY relname, relowner, shown.oid, grantee
        ) AS granted LEFT JOIN pg_roles ON pg_roles.oid = grantee
        WHERE grantee <> relowner AND NOT coalesce(rolsuper OR rolbypassrls, false)
          AND grantee NOT IN (SELECT oid FROM bound)
          AND NOT EXISTS (
            SELECT FROM pg_policy, unnest(polroles) AS allowed
              WHERE polrelid = granted.oid AND polpermissive
                AND (allowed = 0 OR grantee <> 0 AND pg_has_role(grantee, allowed, 'USAGE'))
          )
    ),
    'engineTables', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
          'table', relname, 'oid', engine.oid::bigint, 'rowSecurity', relrowsecurity
        ) ORDER BY relname), '[]')
        FROM engine JOIN tenants ON attrelid = engine.oid CROSS JOIN app
        WHERE relname = ANY ($3) OR has_table_privilege(app.oid, engine.oid, 'SELECT, INSERT, UPDATE, DELETE')
    )
  ) AS facts`

/**
 * Reads what Postgres has of the wall. Needs a transaction, which it leaves as it was, and the role.
 *
 * @param tables the names of the synced tables
 * @param own the names of what the engine has in its schema, where others may have put something as well
 */
export async function readWall(
  client: Client,
  tables: readonly string[],
  own: { readonly functions: readonly string[]; readonly tables: readonly string[] },
): Promise<WallFacts> {
  const found = await client.query(
    'SELECT coalesce(array_agg(to_regclass(name)::oid), $2) AS oids FROM unnest($1::text[]) AS name',
    [tables.map(quote), []],
  )
  const { oids } = v.parse(v.object({ oids: v.array(v.nullable(v.number())) }), found.rows[0])
  const { rows } = await client.query(FACTS, [oids, own.functions, own.tables])
  const { facts } = v.parse(v.object({ facts: factsSchema }), rows[0])
  const { engineTables, ...rest } = facts
  const lacking: { table: string; statements: string[] }[] = []
  for (const { table, oid, rowSecurity } of engineTables) {
    const statements = wallStatements(quote(table))
    const policies = statements.flatMap(({ statement, makes }) =>
      makes.is === 'policy' ? [{ statement, name: makes.name }] : [],
    )
    const outdated = await findOutdatedPolicies(client, { table, oid, policies })
    const missing = statements.filter(
      ({ makes }) =>
        (makes.is === 'policy' && outdated.includes(makes.name)) ||
        (makes.is === 'row-security' && !rowSecurity),
    )
    if (missing.length > 0) lacking.push({ table, statements: missing.map(({ statement }) => statement) })
  }
  return { ...rest, lacking }
}
