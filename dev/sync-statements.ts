import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { APPLICATION_ROLE } from './application-role.ts'

/** Referential actions that change rows of the referring table. */
const WRITING_ACTIONS: readonly unknown[] = ['cascade', 'set null', 'set default']

/** What a statement makes, by which to find whether it is there. */
/** The engine's own tables that are collections. */
const ENGINE_COLLECTIONS = [
  '"tidemark"."conflict"',
  '"tidemark"."notification"',
  '"tidemark"."notification_state"',
  '"tidemark"."notification_preference"',
]

type Made =
  | { readonly is: 'order-of-ids' | 'row-security' | 'rights' }
  | { readonly is: 'deferrable' | 'trigger' | 'policy'; readonly name: string }

type SyncStatement = { readonly statement: string; readonly why: string; readonly makes: Made }

/**
 * What Postgres has to be told of a synced table beyond what Drizzle declares: each statement with
 * its reason. Throws on a table that cannot be synced, with what to change.
 *
 * @param otherRoles roles of other programs that go on seeing the rows of all tenants
 */
export function syncStatements(table: PgTable, otherRoles: readonly string[] = []): SyncStatement[] {
  const { name, foreignKeys } = getTableConfig(table)
  const quoted = quote(name)
  const references = foreignKeys.map((key): SyncStatement => {
    const { foreignTable } = key.reference()
    if (
      foreignTable === table &&
      [key.onDelete, key.onUpdate].some((action) => WRITING_ACTIONS.includes(action))
    ) {
      throw new Error(
        `Table "${name}": the foreign key "${key.getName()}" changes rows of its own table when others change. ` +
          'An edit would then change rows that it did not lock. Declare it without onDelete and onUpdate ' +
          'actions, and let the application change those rows.',
      )
    }
    return {
      statement: `ALTER TABLE ${quoted} ALTER CONSTRAINT ${quote(key.getName())} DEFERRABLE INITIALLY IMMEDIATE;`,
      why: 'An edit may insert a record before the one it refers to: references are checked at its end.',
      makes: { is: 'deferrable', name: key.getName() },
    }
  })
  return [
    {
      statement: `ALTER TABLE ${quoted} ALTER COLUMN "id" TYPE text COLLATE "C";`,
      why: 'Collections are read in pages by id in byte order, which the primary key serves only in that order.',
      makes: { is: 'order-of-ids' },
    },
    ...references,
    {
      statement:
        `CREATE TRIGGER "00_tidemark_change" AFTER INSERT OR UPDATE OR DELETE ON ${quoted} FOR EACH ROW ` +
        `WHEN (current_setting('tidemark.origin', true) IS DISTINCT FROM ${literal(name)} OR pg_trigger_depth() > 0) ` +
        'EXECUTE FUNCTION "tidemark"."capture_change"();',
      why: 'Records what others change. It is named to come before other triggers, whose changes are recorded after.',
      makes: { is: 'trigger', name: '00_tidemark_change' },
    },
    {
      statement:
        `CREATE TRIGGER "00_tidemark_truncate" BEFORE TRUNCATE ON ${quoted} ` +
        'FOR EACH STATEMENT EXECUTE FUNCTION "tidemark"."capture_truncate"();',
      why: 'Records a TRUNCATE as the delete of each row.',
      makes: { is: 'trigger', name: '00_tidemark_truncate' },
    },
    ...wallStatements(quoted),
    ...otherRoles.map((role) => openStatement(quoted, role)),
  ]
}

/**
 * The wall around each tenant's rows of a table. The first policy lets the Worker's role at rows at all; the second,
 * which is restrictive, at no others than these, also where somebody adds a policy that lets everybody at all.
 */
export function wallStatements(table: string): SyncStatement[] {
  return [
    {
      statement: `GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ${APPLICATION_ROLE};`,
      why: 'The Worker connects as a role that owns nothing.',
      makes: { is: 'rights' },
    },
    {
      statement: `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;`,
      why: 'Whoever is not the owner meets no row but by a policy.',
      makes: { is: 'row-security' },
    },
    {
      statement: `CREATE POLICY "tidemark_app" ON ${table} TO ${APPLICATION_ROLE} USING (true);`,
      why: "The Worker's role may have rows at all.",
      makes: { is: 'policy', name: 'tidemark_app' },
    },
    {
      statement:
        `CREATE POLICY "tidemark_tenant" ON ${table} AS RESTRICTIVE TO ${APPLICATION_ROLE} ` +
        `USING ("tenant_id" = nullif(current_setting('tidemark.tenant', true), ''));`,
      why: "And of these the tenant's that its transaction names, whatever the statement says.",
      makes: { is: 'policy', name: 'tidemark_tenant' },
    },
  ]
}

/** The same for what a role of another program may read of the engine's own collections. */
export function openEngineStatements(role: string): SyncStatement[] {
  return ENGINE_COLLECTIONS.map((table) => openStatement(table, role))
}

/** Lets a role of another program at the rows of all tenants, as before there were policies. */
function openStatement(table: string, role: string): SyncStatement {
  const name = `tidemark_open_${role}`
  return {
    statement: `CREATE POLICY ${quote(name)} ON ${table} TO ${quote(role)} USING (true);`,
    why: 'Roles of other programs go on seeing the rows of all tenants, as far as they have the rights.',
    makes: { is: 'policy', name },
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
