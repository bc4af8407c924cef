import { Hono } from 'hono'
import { type Environment, objectOf, type ReadEnvironment } from '../platform/environment.ts'
import type { Outcome } from '../protocol/internal/tenant-answers.ts'
import { PATIENCE_SECONDS } from '../protocol/limits.ts'
import { authenticateService } from './auth/authenticate.ts'
import { bearerOf } from './auth/bearer.ts'

/**
 * Makes the routes of an operator for a whole tenant: see how it stands and that Postgres has everything, export it,
 * empty its object, delete it. Tokens for this have an audience of their own and name the tenant.
 */
export const operateBy = (read: ReadEnvironment) =>
  new Hono<{ Bindings: Environment; Variables: Wanted }>()
    .use(async (context, next) => {
      const tenant = await authenticateService(read(context.env), bearerOf(context.req.raw), 'admin')
      if (tenant === undefined) {
        return context.json({ message: 'The token is not valid.' }, 401, { 'WWW-Authenticate': 'Bearer' })
      }
      const wait = Number(context.req.query('wait') ?? PATIENCE_SECONDS)
      if (!(wait >= 0 && wait <= PATIENCE_SECONDS)) {
        return context.json({ message: `wait is a number of seconds from 0 to ${PATIENCE_SECONDS}.` }, 400)
      }
      context.set('tenant', tenant)
      context.set('patienceMs', wait * 1_000)
      return next()
    })
    .post('/drain', async ({ env, var: { tenant, patienceMs } }) =>
      answer(await objectOf(read(env), tenant).awaitDrained(tenant, patienceMs)),
    )
    .get('/health', async ({ env, var: { tenant } }) => {
      const health = await objectOf(read(env), tenant).health(tenant)
      return 'is' in health ? answer(health) : Response.json(health)
    })
    .get('/export', async ({ env, var: { tenant, patienceMs } }) => {
      const rows = await objectOf(read(env), tenant).export(tenant, patienceMs)
      if (!(rows instanceof ReadableStream)) return answer(rows)
      return new Response(rows, { headers: { 'Content-Type': 'application/x-ndjson' } })
    })
    .post('/forget', async ({ env, req, var: { tenant, patienceMs } }) =>
      answer(await objectOf(read(env), tenant).forget(tenant, patienceMs, req.query('force') === 'true')),
    )
    .delete('/', async ({ env, var: { tenant } }) => answer(await objectOf(read(env), tenant).erase(tenant)))

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
