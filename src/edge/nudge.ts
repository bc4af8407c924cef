import { authenticateNudge } from './authenticate.ts'
import { type Environment, objectOf } from './environment.ts'
import { nudgeRequest } from './principal.ts'

const BEARER = /^Bearer +(\S+)$/i

/** Makes a tenant's object look into Postgres at once. Its caller has just changed something there. */
export async function nudge(request: Request, env: Environment): Promise<Response> {
  const token = BEARER.exec(request.headers.get('Authorization') ?? '')?.[1] ?? ''
  const tenant = await authenticateNudge(env, token)
  if (tenant === undefined) {
    const headers = { 'WWW-Authenticate': 'Bearer' }
    return Response.json({ message: 'The token is not valid.' }, { status: 401, headers })
  }
  return objectOf(env, tenant).fetch(nudgeRequest())
}
