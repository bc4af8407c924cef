import process from 'node:process'
import { inspection } from './inspection.ts'
import { makeToken } from './make-token.ts'
import { readProject } from './project.ts'
import { isAlive, readStackFile } from './stack-file.ts'
import { tokenProject } from './token-project.ts'

/**
 * `npm run -s inspect -- TENANT`: how a tenant stands on the running local stack, or at the Worker whose address is in
 * WORKER, and all that was counted of it.
 */

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

async function ask(url: string, token: string): Promise<Response> {
  const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } })
  if (!response.ok) fail(`${url} answers ${response.status}: ${await response.text()}`)
  return response
}

const [tenant, ...more] = process.argv.slice(2)
if (!tenant || more.length > 0) fail('Name one tenant, such as: npm run -s inspect -- acme')
const stack = await readStackFile()
const worker = process.env['WORKER'] || (stack && isAlive(stack.pid) ? stack.url : undefined)
if (!worker) fail('The local stack is not running. Start it with: npm run dev, or name a Worker by WORKER.')

try {
  const token = await makeToken(
    ['--tenant', tenant, '--for', 'admin'],
    process.env,
    tokenProject(await readProject()),
  )
  const health: unknown = await (await ask(`${worker}/sync/tenant/health`, token)).json()
  const metrics = await (await ask(`${worker}/metrics`, token)).text()
  if (typeof health !== 'object' || health === null) fail('The answer about the tenant is none.')
  for (const line of inspection(health, metrics)) console.log(line)
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}
