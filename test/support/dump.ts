import pg from 'pg'

/** A table's rows, every value in its text form, as COPY writes it. */
type DumpedTable = {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly identity: boolean }[]
  readonly rows: string
}

/** What a logical dump has of a database: texts alone, nothing of files and of numbers that a cluster gives out. */
export type Dump = {
  readonly tables: readonly DumpedTable[]
  readonly functions: readonly string[]
  readonly sequences: readonly { readonly name: string; readonly value: string }[]
}

/**
 * How a dump is restored. `whole`: into an empty database, the triggers last. `data`: into one that the migrations
 * have made, either with triggers, which then see every row that comes, or without.
 */
export type Restoring = 'whole' | 'data, triggers on' | 'data, triggers off'

export const EVERY_RESTORING: readonly Restoring[] = ['whole', 'data, triggers on', 'data, triggers off']

const OURS = "('public', 'tidemark')"

/**
 * Dumps a database as `pg_dump` does. That program is not among those that the embedded server brings, so its
 * part is done here: all rows as of one moment, the functions as they are defined, and the sequences.
 */
export async function dump(connectionString: string): Promise<Dump> {
  return withClient(connectionString, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const found = await client.query<{ name: string; columns: DumpedTable['columns'] }>(`
      SELECT table_class.oid::regclass::text AS name,
          json_agg(json_build_object(
            'name', quote_ident(attname), 'type', format_type(atttypid, atttypmod), 'identity', attidentity <> ''
          ) ORDER BY attnum) AS columns
        FROM pg_class AS table_class JOIN pg_attribute ON attrelid = table_class.oid
        WHERE relnamespace::regnamespace::text IN ${OURS} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
        GROUP BY table_class.oid, relnamespace ORDER BY relnamespace::regnamespace::text, table_class.oid`)
    const tables: DumpedTable[] = []
    for (const { name, columns } of found.rows) {
      const values = columns.map((column) => `${column.name}::text`).join(', ')
      const text = `SELECT coalesce(json_agg(json_build_array(${values})), '[]')::text AS rows FROM ${name}`
      const { rows } = await client.query<{ rows: string }>(text)
      tables.push({ name, columns, rows: rows[0]?.rows ?? '[]' })
    }
    const functions = await client.query<{ text: string }>(
      "SELECT pg_get_functiondef(oid) AS text FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace",
    )
    const sequences = await client.query<{ name: string; value: string }>(
      `SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename) AS name, last_value::text AS value
         FROM pg_sequences WHERE schemaname IN ${OURS} AND last_value IS NOT NULL`,
    )
    return { tables, functions: functions.rows.map(({ text }) => text), sequences: sequences.rows }
  })
}

/** Restores a dump into a database that has been migrated and is empty. */
export async function restore(connectionString: string, dumped: Dump, how: Restoring): Promise<void> {
  await withClient(connectionString, async (client) => {
    if (how !== 'data, triggers on') await client.query('SET session_replication_role = replica')
    if (how === 'whole') {
      // Nothing of the migrated database stays but the empty tables.
      for (const { name } of dumped.tables) await client.query(`DELETE FROM ${name}`)
      for (const text of dumped.functions) await client.query(text)
    }
    // As pg_restore: each table in a transaction of its own.
    for (const table of dumped.tables) await client.query(insertStatement(table), [table.rows])
    for (const { name, value } of dumped.sequences) await client.query('SELECT setval($1, $2)', [name, value])
  })
}

function insertStatement({ name, columns }: DumpedTable): string {
  const names = columns.map((column) => column.name).join(', ')
  const values = columns.map(({ type }, place) => `(row ->> ${place})::${type}`).join(', ')
  return `INSERT INTO ${name} (${names}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM json_array_elements($1) AS row`
}

/** Has a cluster give out so many numbers of transactions. */
export async function passTransactions(connectionString: string, count: number): Promise<void> {
  await withClient(connectionString, (client) =>
    client.query(
      `DO $$ BEGIN FOR i IN 1 .. ${count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`,
    ),
  )
}

async function withClient<Value>(
  connectionString: string,
  work: (client: pg.Client) => Promise<Value>,
): Promise<Value> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
