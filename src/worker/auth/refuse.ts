import type { ErrorCode, WireError } from '../../protocol/errors.ts'

/** Statuses of refusals that are not the asker's mistake, or say what to do by themselves. */
const STATUS: { readonly [Code in ErrorCode]?: number } = {
  unauthenticated: 401,
  'token-expired': 401,
  revoked: 401,
  forbidden: 403,
  'not-found': 404,
  'too-large': 413,
  replaced: 409,
  'version-unsupported': 426,
  internal: 500,
  busy: 503,
  hydrating: 503,
}

/** The answer to what is not answered, with the reason. The status follows from the error's code unless it is given. */
export function refuse({ code, message, retryAfterMs }: WireError, status = STATUS[code] ?? 400): Response {
  const headers = {
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...(retryAfterMs !== undefined && { 'Retry-After': String(Math.ceil(retryAfterMs / 1_000)) }),
  }
  return Response.json({ code, message }, { status, headers })
}
