import { BEARER_PREFIX } from '../../../src/protocol/version.ts'

/**
 * The person of a token, as it says itself, to compare with another page's. The server judges tokens; this keeps a page
 * from speaking over the connection of somebody else. One that cannot be read is nobody else's but its own.
 *
 * @param protocols those that a socket is opened with
 */
export function subjectOf(protocols: readonly string[]): string {
  const token = protocols.find((name) => name.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length) ?? ''
  const [, body = ''] = token.split('.')
  try {
    const claims: unknown = JSON.parse(atob(body.replaceAll('-', '+').replaceAll('_', '/')))
    if (typeof claims === 'object' && claims !== null && 'sub' in claims)
      return JSON.stringify([claims.sub, 'tenant' in claims ? claims.tenant : null])
  } catch {
    return token
  }
  return token
}
