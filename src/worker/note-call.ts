import { writeLine } from '../platform/log-line.ts'
import type { Service } from './auth/authenticate-service.ts'

/** The acts of operators, as their paths end. A path that is none was made up by whoever asked. */
const ACTS: ReadonlySet<string> = new Set([
  'drain',
  'health',
  'activity',
  'poll',
  'compare',
  'rehydrate',
  'export',
  'forget',
  'revoke',
  'tenant',
])

/**
 * Writes a line about a call of an operator: who asked for what, of which tenant, by which token, and what was
 * answered. Nothing that came with the call is part of it.
 */
export function noteCall(
  { by, tokenId }: Pick<Service, 'by' | 'tokenId'>,
  request: Request,
  { tenant, status }: { readonly tenant: string; readonly status: number },
): void {
  const end = new URL(request.url).pathname.split('/').findLast((part) => part !== '') ?? ''
  const act = ACTS.has(end) ? `${request.method} ${end}` : 'nothing there'
  writeLine('administered', { tenant, by, token: tokenId, act, status })
}
