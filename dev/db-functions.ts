import process from 'node:process'
import { runFunctions } from './sql-folder/command.ts'
import { withServer } from './sql-folder/scratch.ts'

/**
 * `npm run db:functions`: writes the migration that brings the engine's functions from what `migrations/` makes to what
 * src/postgres/sql says.
 *
 *   --check       writes nothing, and fails where they differ
 *   --name NAME   of the migration
 *   --empty       an empty migration, for what has to be written by hand: a change of a table
 *   --baseline    one migration in the place of all, for as long as nobody has installed any
 */

try {
  const { lines, code } = await runFunctions(process.argv.slice(2), withServer)
  for (const line of lines) console.log(line)
  process.exitCode = code
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
