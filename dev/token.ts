import process from 'node:process'
import { serviceToken } from './service-token.ts'

/** `npm run -s token -- --tenant acme`: prints a service's token, signed by AUTH_SECRET or for the local stack. */

try {
  console.log(await serviceToken(process.argv.slice(2), process.env['AUTH_SECRET']))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
