import type { TidemarkApp } from '../define/define-app.ts'
import type { Environment } from '../platform/environment.ts'
import { encodeDown } from '../protocol/codec/codec.ts'
import { CLOSE, type CloseCode, type WireError, wireError } from '../protocol/errors.ts'
import {
  BEARER_PREFIX,
  chooseVersion,
  otherDeployment,
  SUBPROTOCOLS,
  subprotocolOf,
  unsupportedVersion,
  versionOf,
} from '../protocol/version.ts'
import { admit, closeCodeOf } from './auth/admission.ts'
import { originAllowed } from './auth/origin.ts'
import { openSession } from './objects/object-requests.ts'

/** Takes a WebSocket in: origin and token are checked before any object is touched. */
export async function connect(request: Request, env: Environment, app: TidemarkApp): Promise<Response> {
  if (request.headers.get('Upgrade')?.toLowerCase() !== 'websocket') {
    return refuse(426, 'Connect with a WebSocket.')
  }
  if (!originAllowed(request, env.ALLOWED_ORIGINS)) {
    return refuse(403, 'This origin may not connect; list it in ALLOWED_ORIGINS.')
  }
  const offered = (request.headers.get('Sec-WebSocket-Protocol') ?? '').split(',').map((name) => name.trim())
  const ours = offered.filter((name) => !Number.isNaN(versionOf(name)))
  const [first] = ours
  if (first === undefined) return refuse(400, `Offer the subprotocol ${SUBPROTOCOLS.join(' or ')}.`)
  const protocols = ours.map(versionOf)
  const wanted = protocols.join(' or ')
  const chosen = chooseVersion(protocols)
  if (chosen === undefined) {
    return closed(first, CLOSE.tooOld, wireError('version-unsupported', unsupportedVersion(wanted)))
  }
  const token = offered.find((name) => name.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length) ?? ''
  const verified = await admit(request, env, app, token)
  if (!verified.ok) return closed(subprotocolOf(chosen), closeCodeOf(verified), verified.error)
  const { claims, expiresAt, marks } = verified
  const opened = await openSession(env, { version: 1, claims, expiresAt, marks, protocols })
  if (opened) return opened.response
  return closed(first, CLOSE.tooOld, wireError('version-unsupported', otherDeployment(wanted)))
}

function refuse(status: 400 | 403 | 426, message: string): Response {
  return Response.json({ message }, { status })
}

/** A browser cannot read a refused upgrade: it is accepted, told, and closed. */
function closed(subprotocol: string, code: CloseCode, error: WireError): Response {
  const [client, server] = Object.values(new WebSocketPair())
  if (!client || !server) throw new Error('a WebSocketPair has two ends')
  server.accept()
  server.send(encodeDown(['error', error], versionOf(subprotocol)))
  server.close(code, error.code)
  return new Response(null, {
    status: 101,
    webSocket: client,
    headers: { 'Sec-WebSocket-Protocol': subprotocol },
  })
}
