import process from 'node:process'
import { isAlive, readStackFile } from './stack-file.ts'
import { UsageError } from './usage-error.ts'

/** The connection string of DATABASE_URL, else of the running local stack. Throws where there is neither. */
export async function findDatabase(): Promise<string> {
  const { DATABASE_URL } = process.env
  if (DATABASE_URL) return DATABASE_URL
  const stack = await readStackFile()
  if (stack && isAlive(stack.pid)) return stack.connectionString
  throw new UsageError(
    'Set DATABASE_URL to a database, or start the local one in another terminal: tidemark dev',
  )
}
