import type { Environment } from '../platform/environment.ts'
import { authenticateService } from './auth/authenticate-service.ts'
import { bearerOf } from './auth/bearer.ts'
import { refuse } from './auth/refuse.ts'
import { nudgeObject } from './objects/object-requests.ts'

/**
 * Makes tenants' objects poll Postgres at once. Its caller has just changed something there; with `?compare` also
 * with triggers off.
 */
export async function nudge(request: Request, env: Environment): Promise<Response> {
  const service = await authenticateService(env, bearerOf(request), 'nudge')
  if (!service.ok) return refuse(service.error, service.status)
  const compare = new URL(request.url).searchParams.has('compare')
  await Promise.all(service.tenants.map((tenant) => nudgeObject(env, tenant, { compare })))
  return new Response(null, { status: 204 })
}
