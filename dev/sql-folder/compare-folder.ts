import type pg from 'pg'
import { migrate } from '../migrate.ts'
import { readMigrations } from '../migration-folder.ts'
import { ENGINE } from '../migration-history.ts'
import { compareSchemas, countDifferences, type Difference } from './compare.ts'
import { countDeadLines } from './dead-lines.ts'
import { type DescribedSchema, describeSchema } from './describe-schema.ts'
import { migrationText } from './migration-text.ts'
import { readFolder, SQL_FOLDER, type SqlFile } from './read-folder.ts'
import { withDatabase } from './scratch.ts'
import { splitStatements } from './statements.ts'

/** The state of the engine's SQL, in numbers. */
export type SqlFigures = {
  readonly functionsInFolder: number
  readonly functionsInDatabase: number
  /** Functions, tables and the like that are not the same in both. */
  readonly differing: number
  /** Lines of functions in migrations that a later migration restates or drops. */
  readonly deadLines: number
}

/** How the folder and a database that the migrations have made compare. */
export type Comparison = {
  readonly figures: SqlFigures
  readonly difference: Difference
  /** Functions in the folder that no migration has made. */
  readonly made: readonly string[]
  /** The migration that makes both equal; undefined where they are, and where something has to be done by hand. */
  readonly migration: string | undefined
}

/**
 * Loads the folder into a scratch database of a server, takes that back, applies the migrations there, and compares
 * what Postgres says of the two. A migration that it returns was tried, and made both equal. Changes no file.
 *
 * @param server the connection string of a Postgres that may create databases
 */
export async function compareFolder(
  server: string,
  { folder = SQL_FOLDER, migrations = ENGINE.folder }: { folder?: string; migrations?: string } = {},
): Promise<Comparison> {
  const files = await readFolder(folder)
  return withDatabase(server, 'tidemark_scratch', async (client, connectionString) => {
    const wanted = await describeFolder(client, files)
    await migrate(connectionString, [{ ...ENGINE, folder: migrations }])
    const database = await describeSchema(client)
    const difference = compareSchemas(wanted, database)
    // What functions need of a table is not there yet, so they cannot be tried.
    const migration =
      difference.byHand.length > 0 ? undefined : await migrationText(client, files, difference, database)
    if (migration !== undefined) await tryOut(client, migration, wanted)
    return {
      figures: {
        functionsInFolder: wanted.functions.size,
        functionsInDatabase: [...database.functions.values()].flat().length,
        differing: countDifferences(difference),
        deadLines: countDeadLines(await readMigrations(migrations)),
      },
      difference,
      made: difference.restated.filter((name) => !database.functions.has(name)),
      migration,
    }
  })
}

async function describeFolder(client: pg.Client, files: readonly SqlFile[]): Promise<DescribedSchema> {
  await client.query('BEGIN')
  for (const { path, statements } of files) await run(client, statements, path)
  const described = await describeSchema(client)
  await client.query('ROLLBACK')
  return described
}

async function tryOut(client: pg.Client, migration: string, wanted: DescribedSchema): Promise<void> {
  await run(client, splitStatements(migration), 'The migration does not go through')
  const { restated, dropped, views, rights, byHand } = compareSchemas(wanted, await describeSchema(client))
  const left = [...restated, ...dropped.map(({ signature }) => signature), ...views, ...rights, ...byHand]
  if (left.length > 0) throw new Error(`The migration would leave a difference in ${left.join(', ')}.`)
}

async function run(client: pg.Client, statements: readonly string[], what: string): Promise<void> {
  for (const statement of statements) {
    await client.query(statement).catch((error: unknown) => {
      throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`)
    })
  }
}
