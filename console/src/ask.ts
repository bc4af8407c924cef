import type { TenantActivity } from '../../src/protocol/internal/activity.ts'
import type { Token } from './tokens.ts'

/** The overview, as `/sync/tenants` tells it. */
export type Overview = {
  readonly known: number
  readonly tenants: readonly {
    readonly tenant: string
    readonly at: number
    readonly sessions: number
    readonly outbox: number
    readonly conflicts: number
    readonly aside: number
    readonly accepted: number
    readonly drainLagP99Ms: number | null
    readonly deliveryP99Ms: number | null
  }[]
  readonly alerts: readonly {
    readonly rule: string
    readonly tenant: string
    readonly since: number
    readonly isCooling: boolean
  }[]
}

/** Milliseconds for an answer, which may wait for Postgres. */
const DEADLINE_MS = 60_000

/** Asks the Worker. Throws an Error with its words where it does not do what it was asked for. */
async function ask(token: Token, path: string, method = 'GET'): Promise<Response> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const headers = { Authorization: `Bearer ${token.text}` }
  const response = await fetch(path, { method, headers, signal }).catch(() => undefined)
  if (!response) throw new Error('The Worker does not answer.')
  if (response.ok) return response
  const said: unknown = await response.json().catch(() => undefined)
  const message = typeof said === 'object' && said !== null && 'message' in said ? String(said.message) : ''
  throw new Error(message || `The Worker answers with ${response.status}.`)
}

/** The Worker is of the page's own deployment, so its answers are as the types say. */
export const askOverview = async (token: Token): Promise<Overview> =>
  (await ask(token, '/sync/tenants')).json()

export const askActivity = async (token: Token, client: string): Promise<TenantActivity> =>
  (await ask(token, `/sync/tenant/activity?client=${encodeURIComponent(client)}`)).json()

export const act = (token: Token, name: string): Promise<Response> =>
  ask(token, `/sync/tenant/${name}`, 'POST')

export const exported = async (token: Token): Promise<Blob> =>
  (await ask(token, '/sync/tenant/export')).blob()
