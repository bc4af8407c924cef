import type { Environment } from '../platform/environment.ts'
import { authenticateService } from './auth/authenticate.ts'
import { bearerOf } from './auth/bearer.ts'
import { nudgeObject } from './objects/object-requests.ts'

/**
 * Makes a tenant's object poll Postgres at once. Its caller has just changed something there; with
 * `?compare` also with triggers off.
 */
export async function nudge(request: Request, env: Environment): Promise<Response> {
  const tenant = await authenticateService(env, bearerOf(request), 'nudge')
  if (tenant === undefined) {
    const headers = { 'WWW-Authenticate': 'Bearer' }
    return Response.json({ message: 'The token is not valid.' }, { status: 401, headers })
  }
  const compare = new URL(request.url).searchParams.has('compare')
  return nudgeObject(env, tenant, { compare })
}
