import process from 'node:process'
import { runAudit } from './audit/command.ts'
import { findDatabase } from './find-database.ts'

/**
 * `npm run audit`: checks that nobody has changed the history in Postgres, in DATABASE_URL, else in the running local
 * stack. Ends with 1 where something was found, and with 2 where it could not be checked. docs/audit.md says more.
 *
 *   --tenant NAME   one tenant instead of all
 *   --json          the result as one line
 *   --head          prints where each chain ends, to be kept elsewhere
 *   --expect FILE   compares with such a print, too
 */

try {
  const report = (line: string) => void process.stderr.write(`${line}\n`)
  const { lines, code } = await runAudit(process.argv.slice(2), findDatabase, { report })
  for (const line of lines) console.log(line)
  process.exitCode = code
} catch (error) {
  console.error(describe(error))
  process.exitCode = 2
}

/** A refused connection to several addresses has no message but a code. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : error.name
  return error.message || `The database does not answer: ${code}`
}
