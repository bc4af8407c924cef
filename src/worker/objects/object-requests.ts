import { type Environment, objectOf } from '../../platform/environment.ts'
import { type Nudge, nudgePath } from '../../protocol/internal/nudge.ts'
import { encodePrincipal, PRINCIPAL_HEADER, type Principal } from '../../protocol/internal/principal.ts'
import { versionOf } from '../../protocol/version.ts'

/** What a Worker that names versions tells of a new socket. */
type Newcomer = Principal & { readonly protocols: readonly number[] }

/** A session that a tenant's object has taken in, and the version it is to be spoken to in. */
export type Opened = { readonly response: Response; readonly version: number }

/**
 * Asks a tenant's object to take a socket in. The request is made afresh, so no header of the client reaches the
 * object. It may be of an earlier deployment than the Worker: one that speaks none of the versions offered, as a
 * client below its own floor would find it, is left at once.
 *
 * @returns undefined when no version is offered that the object speaks
 */
export async function openSession(env: Environment, newcomer: Newcomer): Promise<Opened | undefined> {
  const request = new Request('https://tenant/connect', {
    headers: { Upgrade: 'websocket', [PRINCIPAL_HEADER]: encodePrincipal(newcomer) },
  })
  const response = await objectOf(env, newcomer.claims.tenant).fetch(request)
  const version = versionOf(response.headers.get('Sec-WebSocket-Protocol') ?? '')
  if (!response.webSocket || newcomer.protocols.includes(version)) return { response, version }
  response.webSocket.accept()
  response.webSocket.close(1000)
  return undefined
}

/** Tells a tenant's object that something changed in Postgres. */
export function nudgeObject(env: Environment, tenant: string, nudge: Nudge): Promise<Response> {
  return objectOf(env, tenant).fetch(new Request(`https://tenant${nudgePath(nudge)}`, { method: 'POST' }))
}
