import type { TidemarkApp } from '../define/define-app.ts'
import { type Environment, objectOf } from '../platform/environment.ts'
import { wireError } from '../protocol/errors.ts'
import { admit, refuseAdmission, refuseTooOften } from './auth/admission.ts'
import { bearerOf } from './auth/bearer.ts'
import { refuse } from './auth/refuse.ts'
import { cacheTagHeader } from './cache-tag.ts'

/** Characters of cache tags that fit a header of every cache we know. */
const MAX_TAG_HEADER = 16_000

/** Milliseconds after which a tenant that is being loaded is worth another try. */
const RETRY_MS = 1_000

/**
 * Reads a query once, for caches and whoever needs no live view. An answer carries its version as ETag; as
 * long as nothing in the collection has changed, `If-None-Match` is answered with 304 and no row is read.
 */
export async function read(request: Request, env: Environment, app: TidemarkApp): Promise<Response> {
  const verified = await admit(request, env, app, bearerOf(request))
  if (!verified.ok) return refuseAdmission(verified)
  const query = new URL(request.url).searchParams.get('q') ?? ''
  const known = (request.headers.get('If-None-Match') ?? '')
    .split(',')
    .map((tag) => tag.replaceAll(/^\s*(W\/)?"|"\s*$/g, ''))
  const { claims, expiresAt, marks } = verified
  const answer = await objectOf(env, claims.tenant).read(claims, query, known, { expiresAt, marks })
  switch (answer.is) {
    case 'loading':
      return stillLoading()
    case 'refused':
      return refuse(answer.error)
    case 'too-often':
      return refuseTooOften(answer)
    case 'unchanged':
      return new Response(null, { status: 304, headers: cacheHeaders(answer.version) })
    case 'read': {
      const tags = cacheTagHeader(answer.tags)
      const headers = {
        'Content-Type': 'application/json',
        ...cacheHeaders(answer.version),
        ...(tags.length <= MAX_TAG_HEADER && { 'Cache-Tag': tags }),
      }
      return new Response(answer.text, { headers })
    }
  }
}

/** A cache may keep an answer for its person, and has to ask each time whether it still holds. */
function cacheHeaders(version: string): Record<string, string> {
  return { ETag: `"${version}"`, 'Cache-Control': 'private, no-cache', Vary: 'Authorization' }
}

/** The answer while a tenant's data is on its way into its object. */
export function stillLoading(): Response {
  const message = 'The tenant is being loaded; try again shortly.'
  return refuse(wireError('hydrating', message, { retryAfterMs: RETRY_MS }))
}
