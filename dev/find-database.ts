import process from 'node:process'
import { isAlive, readStackFile } from './stack-file.ts'

/** The connection string of DATABASE_URL, else of the running local stack. Throws where there is neither. */
export async function findDatabase(): Promise<string> {
  const { DATABASE_URL } = process.env
  if (DATABASE_URL) return DATABASE_URL
  const stack = await readStackFile()
  if (stack && isAlive(stack.pid)) return stack.connectionString
  throw new Error('Set DATABASE_URL to the database to check, or start the local stack with: npm run dev')
}
