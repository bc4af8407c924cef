const BEARER = /^Bearer +(\S+)$/i

/** The token that a request shows; empty when it shows none. */
export function bearerOf(request: Request): string {
  return BEARER.exec(request.headers.get('Authorization') ?? '')?.[1] ?? ''
}
