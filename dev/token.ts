import process from 'node:process'
import { makeToken } from './make-token.ts'

/**
 * `npm run -s token -- --tenant acme --as ada`: prints a token for the local stack, or signed by the secret in the
 * environment that is for its purpose.
 */

try {
  console.log(await makeToken(process.argv.slice(2), process.env))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
