import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'

/** Referential actions that change rows of the referring table. */
const WRITING_ACTIONS: readonly unknown[] = ['cascade', 'set null', 'set default']

/** What a statement makes, by which to find whether it is there. */
type Made = { readonly is: 'order-of-ids' } | { readonly is: 'deferrable' | 'trigger'; readonly name: string }

type SyncStatement = { readonly statement: string; readonly why: string; readonly makes: Made }

/**
 * What Postgres has to be told of a synced table beyond what Drizzle declares: each statement with
 * its reason. Throws on a table that cannot be synced, with what to change.
 */
export function syncStatements(table: PgTable): SyncStatement[] {
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
  ]
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
