import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { TidemarkApp } from '../define/define-app.ts'
import type { Environment, ReadEnvironment } from '../platform/environment.ts'
import { originAllowed } from './auth/origin.ts'
import { settingsGuard } from './auth/settings-guard.ts'
import { connect } from './connect.ts'
import { headers } from './headers.ts'
import { health } from './health.ts'
import { history } from './history.ts'
import { metrics } from './metrics.ts'
import { nudge } from './nudge.ts'
import { operate, revokeInAll } from './operate.ts'
import { read as readQuery } from './read.ts'
import { openEvents, SESSION_HEADER, takeFrames } from './sse/sse.ts'
import { tenantList } from './tenant-list.ts'

/** Seconds for which a browser need not ask again before each request: the longest that Chromium remembers. */
const LEAVE_SECONDS = 7_200

/** Pages of allowed origins may call what a WebSocket needs no leave for. */
const CORS = {
  origin: (origin: string, context: Context<{ Bindings: Environment }>) =>
    originAllowed(context.req.raw, context.env.ALLOWED_ORIGINS) ? origin : null,
  allowMethods: ['GET', 'POST', 'DELETE'],
  allowHeaders: ['Authorization', 'Content-Type', 'If-None-Match', 'Last-Event-ID', SESSION_HEADER],
  exposeHeaders: ['ETag', 'Cache-Tag'],
  maxAge: LEAVE_SECONDS,
}

/** Leaves alone what is the business of routes beside ours. */
function ownPaths(handler: MiddlewareHandler<{ Bindings: Environment }>): typeof handler {
  return (context, next) => (OWN.test(context.req.path) ? handler(context, next) : next())
}

/** The paths that are ours. */
const OWN = /^\/(health$|metrics$|sync\/)/

/** The Worker's routes for an application. Paths not named here are the web page's files. */
export function routes(app: TidemarkApp, read: ReadEnvironment): Hono<{ Bindings: Environment }> {
  return (
    new Hono<{ Bindings: Environment }>()
      .use(async (context, next) => {
        // What else is in the environment stays, for the routes of others.
        context.env = read(context.env)
        return next()
      })
      .use(ownPaths(headers))
      // Says what is wrong with the settings, so it is served with any.
      .get('/health', (context) => health(context.req.raw, context.env, app))
      .use(settingsGuard())
      .get('/metrics', (context) => metrics(context.req.raw, context.env))
      .get('/sync/connect', (context) => connect(context.req.raw, context.env, app))
      .use('/sync/:path{events|frames|query|history}', cors(CORS))
      .get('/sync/events', (context) => openEvents(context.req.raw, context.env, app))
      // Answers whether the way is open, and wakes nobody.
      .get('/sync/frames', (context) => context.body(null, 204))
      .on(['POST', 'DELETE'], '/sync/frames', (context) => takeFrames(context.req.raw, context.env, app))
      .get('/sync/query', (context) => readQuery(context.req.raw, context.env, app))
      .get('/sync/history', (context) => history(context.req.raw, context.env, app))
      .post('/sync/nudge', (context) => nudge(context.req.raw, context.env))
      .post('/sync/revoke', (context) => revokeInAll(context.req.raw, context.env))
      .get('/sync/tenants', (context) => tenantList(context.req.raw, context.env))
      .route('/sync/tenant', operate)
      .notFound((context) => context.json({ message: 'There is nothing at this path.' }, 404))
      .onError((error, context) => {
        console.log(
          JSON.stringify({
            event: 'request-failed',
            path: context.req.path,
            error: error.message.slice(0, 200),
          }),
        )
        return context.json({ message: 'Something went wrong.' }, 500)
      })
  )
}
