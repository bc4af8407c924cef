import * as v from 'valibot'

/**
 * What the Worker tells the object about a new socket. The two may run different versions for some
 * minutes during a deploy, so the message names its own.
 */
export const principalSchema = v.object({
  version: v.literal(1),
  claims: v.looseObject({ sub: v.string(), tenant: v.string() }),
  expiresAt: v.number(),
  /** What the session is to be called; a name of the object's own when absent. Whoever knows it may speak for it. */
  session: v.optional(v.string()),
})

export type Principal = v.InferOutput<typeof principalSchema>

const HEADER = 'x-tidemark-principal'

/** The request for the object. It is made afresh, so no header of the client reaches the object. */
export function principalRequest(principal: Principal): Request {
  return new Request('https://tenant/connect', {
    headers: { Upgrade: 'websocket', [HEADER]: encodeURIComponent(JSON.stringify(principal)) },
  })
}

/**
 * What a tenant's object is told of changes in Postgres. `compare`: some of them may have been made
 * with triggers off, so that only a comparison of all rows finds them.
 */
export type Nudge = { readonly compare: boolean }

export function nudgeRequest({ compare }: Nudge): Request {
  return new Request(`https://tenant/nudge/1${compare ? '?compare' : ''}`, { method: 'POST' })
}

/** Reads a nudge; undefined for a request that is none. */
export function readNudge(request: Request): Nudge | undefined {
  const { pathname, searchParams } = new URL(request.url)
  if (request.method !== 'POST' || pathname !== '/nudge/1') return undefined
  return { compare: searchParams.has('compare') }
}

/** Reads the Worker's message. Throws when it is not one. */
export function readPrincipal(request: Request): Principal {
  return v.parse(principalSchema, JSON.parse(decodeURIComponent(request.headers.get(HEADER) ?? '')))
}
