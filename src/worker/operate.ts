import { Hono } from 'hono'
import { type Environment, objectOf } from '../platform/environment.ts'
import type { Outcome } from '../protocol/internal/tenant-answers.ts'
import { PATIENCE_SECONDS } from '../protocol/limits.ts'
import { authenticateService } from './auth/authenticate-service.ts'
import { bearerOf } from './auth/bearer.ts'
import { refuse } from './auth/refuse.ts'
import { noteCall } from './note-call.ts'
import { REVOKE_USAGE, readRevocations, revokeAt, revokeIn } from './revoke.ts'

/**
 * The routes of an operator for a whole tenant: see how it stands and that Postgres has everything, export it,
 * empty its object, delete it. Tokens for this have an audience of their own and name the tenant.
 */
export const operate = new Hono<{ Bindings: Environment; Variables: Wanted }>()
  .use(async (context, next) => {
    const service = await authenticateService(context.env, bearerOf(context.req.raw), 'admin')
    if (!service.ok) return refuse(service.error, service.status)
    const [tenant, ...others] = service.tenants
    if (others.length > 0) return context.json({ message: 'A token for this names one tenant.' }, 400)
    const wait = Number(context.req.query('wait') ?? PATIENCE_SECONDS)
    if (!(wait >= 0 && wait <= PATIENCE_SECONDS)) {
      return context.json({ message: `wait is a number of seconds from 0 to ${PATIENCE_SECONDS}.` }, 400)
    }
    context.set('tenant', tenant)
    context.set('patienceMs', wait * 1_000)
    await next()
    // A page that shows how a tenant is doing asks again and again, and changes nothing.
    if (context.req.path.endsWith('/activity') && context.res.ok) return undefined
    noteCall(service, context.req.raw, { tenant, status: context.res.status })
    return undefined
  })
  .post('/drain', async ({ env, var: { tenant, patienceMs } }) =>
    answer(await objectOf(env, tenant).awaitDrained(tenant, patienceMs)),
  )
  .get('/health', async ({ env, var: { tenant } }) => {
    const health = await objectOf(env, tenant).health(tenant)
    return 'is' in health ? answer(health) : Response.json(health)
  })
  .get('/activity', async ({ env, req, var: { tenant } }) => {
    const activity = await objectOf(env, tenant).activity(tenant, req.query('client') ?? '')
    return 'is' in activity ? answer(activity) : Response.json(activity)
  })
  .post('/poll', async ({ env, var: { tenant, patienceMs } }) =>
    answer(await objectOf(env, tenant).act(tenant, patienceMs, 'poll')),
  )
  .post('/compare', async ({ env, var: { tenant, patienceMs } }) =>
    answer(await objectOf(env, tenant).act(tenant, patienceMs, 'compare')),
  )
  .post('/rehydrate', async ({ env, var: { tenant, patienceMs } }) =>
    answer(await objectOf(env, tenant).act(tenant, patienceMs, 'rehydrate')),
  )
  .get('/export', async ({ env, var: { tenant, patienceMs } }) => {
    const rows = await objectOf(env, tenant).export(tenant, patienceMs)
    if (!(rows instanceof ReadableStream)) return answer(rows)
    return new Response(rows, { headers: { 'Content-Type': 'application/x-ndjson' } })
  })
  .post('/forget', async ({ env, req, var: { tenant, patienceMs } }) =>
    answer(await objectOf(env, tenant).forget(tenant, patienceMs, req.query('force') === 'true')),
  )
  .post('/revoke', async ({ env, req, var: { tenant } }) => {
    const revocations = readRevocations(await req.json().catch(() => undefined), env, Date.now() / 1_000)
    if (!revocations) return Response.json({ message: REVOKE_USAGE }, { status: 400 })
    const outcome = await revokeAt(env, tenant, revocations)
    return outcome.is === 'revoked' ? Response.json({ sessions: outcome.sessions }) : answer(outcome)
  })
  .delete('/', async ({ env, var: { tenant } }) => answer(await objectOf(env, tenant).erase(tenant)))

type Wanted = { tenant: string; patienceMs: number }

function answer(outcome: Outcome): Response {
  switch (outcome.is) {
    case 'done':
      return Response.json({ seq: outcome.seq })
    case 'unknown':
      return Response.json({ code: 'unknown-tenant', message: outcome.why }, { status: 404 })
    case 'waiting':
      return Response.json({ message: outcome.why, waiting: outcome.edits }, { status: 503 })
  }
}

/** Revokes in every tenant that the token of an operator lists: those that failed are told, for the call to be repeated. */
export async function revokeInAll(request: Request, env: Environment): Promise<Response> {
  const service = await authenticateService(env, bearerOf(request), 'admin')
  if (!service.ok) return refuse(service.error, service.status)
  const body: unknown = await request.json().catch(() => undefined)
  const revocations = readRevocations(body, env, Date.now() / 1_000)
  if (!revocations) return Response.json({ message: REVOKE_USAGE }, { status: 400 })
  const tenants = await revokeIn(env, service.tenants, revocations)
  for (const { tenant, error } of tenants)
    noteCall(service, request, { tenant, status: error === undefined ? 200 : 503 })
  return Response.json({ tenants }, { status: tenants.some(({ error }) => error !== undefined) ? 503 : 200 })
}
