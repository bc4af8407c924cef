import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

/** Seconds for which a browser asks this host by https alone. */
const HTTPS_ONLY_SECONDS = 31_536_000

const setAll = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
  strictTransportSecurity: `max-age=${HTTPS_ONLY_SECONDS}; includeSubDomains`,
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
})

/**
 * Sets on every answer what keeps a browser from making more of it than it is. What does not say whether it may be kept
 * is not. The pages' own headers are in the file `_headers` beside them.
 */
export const headers: MiddlewareHandler = async (context, next) => {
  await next()
  // A socket is no page, and its answer cannot be changed.
  if (context.res.status === 101) return
  await setAll(context, async () => {})
  if (!context.res.headers.has('Cache-Control')) context.res.headers.set('Cache-Control', 'no-store')
}
