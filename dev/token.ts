import process from 'node:process'
import { makeToken } from './make-token.ts'

/** `npm run -s token -- --tenant acme --as ada`: prints a token, signed by AUTH_SECRET or for the local stack. */

try {
  console.log(await makeToken(process.argv.slice(2), process.env['AUTH_SECRET']))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
