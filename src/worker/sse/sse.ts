import type { TidemarkApp } from '../../define/define-app.ts'
import { type Environment, objectOf } from '../../platform/environment.ts'
import { decodeQuery } from '../../protocol/codec/codec.ts'
import { wireError } from '../../protocol/errors.ts'
import { MAX_FRAME_BYTES } from '../../protocol/limits.ts'
import { otherDeployment, SPOKEN_VERSIONS, unsupportedVersion } from '../../protocol/version.ts'
import { admit, refuseAdmission } from '../auth/admission.ts'
import { authenticate } from '../auth/authenticate.ts'
import { bearerOf } from '../auth/bearer.ts'
import { originAllowed } from '../auth/origin.ts'
import { refuse } from '../auth/refuse.ts'
import { openSession } from '../objects/object-requests.ts'
import { eventStream } from './event-stream.ts'
import { plainReader } from './plain-reader.ts'
import { positions } from './positions.ts'

/** The header that names a stream's session for the frames that go up beside it. */
export const SESSION_HEADER = 'Tidemark-Session'

/** Bytes of one request with frames: a full push, and what gathers while it is under way. */
const MAX_BODY_BYTES = 4 * MAX_FRAME_BYTES

/**
 * Opens a stream of events for whoever cannot open a WebSocket: the same frames, and frames go up by POST.
 * With `?q=` it shows that one query to a plain reader, which resumes by `Last-Event-ID`.
 */
export async function openEvents(request: Request, env: Environment, app: TidemarkApp): Promise<Response> {
  if (!originAllowed(request, env.ALLOWED_ORIGINS)) {
    return refuse(wireError('forbidden', 'This origin may not connect; list it in ALLOWED_ORIGINS.'))
  }
  const { searchParams } = new URL(request.url)
  const asked = searchParams.get('protocol')
  const protocols = SPOKEN_VERSIONS.filter((version) => asked === null || asked === String(version))
  const wanted = asked ?? protocols.join(' or ')
  const unsupported = (message: string) => refuse(wireError('version-unsupported', message))
  if (protocols.length === 0) return unsupported(unsupportedVersion(wanted))
  const verified = await admit(request, env, app, bearerOf(request))
  if (!verified.ok) return refuseAdmission(verified)
  const shown = searchParams.get('q')
  const query = shown === null ? undefined : decodeQuery(shown)
  if (query && !query.ok) return refuse(query.error)
  const { claims, expiresAt, marks } = verified
  const session = crypto.randomUUID()
  const opened = await openSession(env, { version: 1, claims, expiresAt, marks, session, protocols })
  if (!opened) return unsupported(otherDeployment(wanted))
  const { version } = opened
  const { webSocket } = opened.response
  if (!webSocket) return refuse(wireError('busy', 'The tenant does not answer; try again.'))
  const reader = query
    ? plainReader(query.frame, { lastEventId: request.headers.get('Last-Event-ID'), version })
    : undefined
  const stream = eventStream(webSocket, {
    session,
    idOf: reader?.idOf ?? positions(version),
    version,
    reader,
  })
  return new Response(stream, {
    headers: {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    },
  })
}

/** Hands frames up to the session of a stream, one a line, in their order; or ends it, by DELETE. */
export async function takeFrames(request: Request, env: Environment, app: TidemarkApp): Promise<Response> {
  if (!originAllowed(request, env.ALLOWED_ORIGINS)) {
    return refuse(wireError('forbidden', 'This origin may not connect; list it in ALLOWED_ORIGINS.'))
  }
  const verified = await authenticate(env, app, bearerOf(request))
  if (!verified.ok) return refuse(verified.error)
  const body = await readText(request.body, MAX_BODY_BYTES)
  if (body === undefined) {
    return refuse(wireError('too-large', `Frames of one request may have ${MAX_BODY_BYTES} bytes.`))
  }
  const { claims, expiresAt, marks } = verified
  const session = request.headers.get(SESSION_HEADER) ?? ''
  const frames = body.split('\n').filter((line) => line !== '')
  const object = objectOf(env, claims.tenant)
  const taken =
    request.method === 'DELETE'
      ? await object.endSession(claims, session)
      : await object.takeFrames(claims, session, frames, { expiresAt, marks })
  if (taken === true) return new Response(null, { status: 204 })
  if (taken) return refuse(taken)
  return refuse(wireError('replaced', 'The stream of this session has ended; open another.'))
}

/** The text of a body; undefined, and no more of it read, once it has more than `limit` bytes. */
async function readText(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > limit) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
