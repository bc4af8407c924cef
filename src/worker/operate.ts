import { Hono } from 'hono'
import { type Environment, objectOf } from '../platform/environment.ts'
import type { Outcome } from '../protocol/internal/tenant-answers.ts'
import { PATIENCE_SECONDS } from '../protocol/limits.ts'
import { authenticateService } from './auth/authenticate-service.ts'
import { bearerOf } from './auth/bearer.ts'
import { refuse } from './auth/refuse.ts'

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
    return next()
  })
  .post('/drain', async ({ env, var: { tenant, patienceMs } }) =>
    answer(await objectOf(env, tenant).awaitDrained(tenant, patienceMs)),
  )
  .get('/health', async ({ env, var: { tenant } }) => {
    const health = await objectOf(env, tenant).health(tenant)
    return 'is' in health ? answer(health) : Response.json(health)
  })
  .get('/export', async ({ env, var: { tenant, patienceMs } }) => {
    const rows = await objectOf(env, tenant).export(tenant, patienceMs)
    if (!(rows instanceof ReadableStream)) return answer(rows)
    return new Response(rows, { headers: { 'Content-Type': 'application/x-ndjson' } })
  })
  .post('/forget', async ({ env, req, var: { tenant, patienceMs } }) =>
    answer(await objectOf(env, tenant).forget(tenant, patienceMs, req.query('force') === 'true')),
  )
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
