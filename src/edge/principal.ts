import * as v from 'valibot'

/**
 * What the Worker tells the object about a new socket. The two may run different versions for some
 * minutes during a deploy, so the message names its own.
 */
export const principalSchema = v.object({
  version: v.literal(1),
  claims: v.looseObject({ sub: v.string(), tenant: v.string() }),
  expiresAt: v.number(),
})

export type Principal = v.InferOutput<typeof principalSchema>

const HEADER = 'x-tidemark-principal'

/** The request for the object. It is made afresh, so no header of the client reaches the object. */
export function principalRequest(principal: Principal): Request {
  return new Request('https://tenant/connect', {
    headers: { Upgrade: 'websocket', [HEADER]: encodeURIComponent(JSON.stringify(principal)) },
  })
}

/** Tells a tenant's object that something changed in Postgres. */
export function nudgeRequest(): Request {
  return new Request('https://tenant/nudge/1', { method: 'POST' })
}

export function isNudge(request: Request): boolean {
  return request.method === 'POST' && new URL(request.url).pathname === '/nudge/1'
}

/** Reads the Worker's message. Throws when it is not one. */
export function readPrincipal(request: Request): Principal {
  return v.parse(principalSchema, JSON.parse(decodeURIComponent(request.headers.get(HEADER) ?? '')))
}
