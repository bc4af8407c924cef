import { type Context, Hono } from 'hono'
import { cors } from 'hono/cors'
import type { TidemarkApp } from '../define/define-app.ts'
import type { Environment, ReadEnvironment } from '../platform/environment.ts'
import { PROTOCOL_VERSION } from '../protocol/version.ts'
import { originAllowed } from './auth/origin.ts'
import { connect } from './connect.ts'
import { history } from './history.ts'
import { nudge } from './nudge.ts'
import { operateBy } from './operate.ts'
import { read as readQuery } from './read.ts'
import { openEvents, SESSION_HEADER, takeFrames } from './sse/sse.ts'

/** Seconds for which a browser need not ask again before each request: the longest that Chromium remembers. */
const LEAVE_SECONDS = 7_200

/** Pages of allowed origins may call what a WebSocket needs no leave for. */
const corsBy = (read: ReadEnvironment) => ({
  origin: (origin: string, context: Context) =>
    originAllowed(context.req.raw, read(context.env).ALLOWED_ORIGINS) ? origin : null,
  allowMethods: ['GET', 'POST', 'DELETE'],
  allowHeaders: ['Authorization', 'Content-Type', 'If-None-Match', 'Last-Event-ID', SESSION_HEADER],
  exposeHeaders: ['ETag', 'Cache-Tag'],
  maxAge: LEAVE_SECONDS,
})

/** The Worker's routes for an application. Paths not named here are the web page's files. */
export function routes(app: TidemarkApp, read: ReadEnvironment): Hono<{ Bindings: Environment }> {
  return (
    new Hono<{ Bindings: Environment }>()
      .get('/health', (context) =>
        context.json({ ok: true, protocol: PROTOCOL_VERSION, schema: app.manifest.hash }),
      )
      .get('/sync/connect', (context) => connect(context.req.raw, read(context.env), app))
      .use('/sync/:path{events|frames|query|history}', cors(corsBy(read)))
      .get('/sync/events', (context) => openEvents(context.req.raw, read(context.env), app))
      // Answers whether the way is open, and wakes nobody.
      .get('/sync/frames', (context) => context.body(null, 204))
      .on(['POST', 'DELETE'], '/sync/frames', (context) =>
        takeFrames(context.req.raw, read(context.env), app),
      )
      .get('/sync/query', (context) => readQuery(context.req.raw, read(context.env), app))
      .get('/sync/history', (context) => history(context.req.raw, read(context.env), app))
      .post('/sync/nudge', (context) => nudge(context.req.raw, read(context.env)))
      .route('/sync/tenant', operateBy(read))
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
