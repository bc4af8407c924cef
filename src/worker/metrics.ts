import { PROMETHEUS_TYPE, prometheusText } from '../core/metrics/prometheus.ts'
import { type Environment, objectOf } from '../platform/environment.ts'
import { within } from '../registry/within.ts'
import { authenticateOperator } from './auth/authenticate-service.ts'
import { bearerOf } from './auth/bearer.ts'
import { refuse } from './auth/refuse.ts'
import { registryReadings } from './registry-readings.ts'

/** Milliseconds to wait for an object. */
const DEADLINE_MS = 10_000

/**
 * Tells what was counted as text for Prometheus: of one tenant as of now, or of all that were heard of in the last
 * day, as of when they told it last. The latter wakes no tenant's object.
 */
export async function metrics(request: Request, env: Environment): Promise<Response> {
  const operator = await authenticateOperator(env, bearerOf(request))
  if (!operator.ok) return refuse(operator.error, operator.status)
  const { tenants } = operator
  const [only, ...others] = tenants === 'all' ? [] : tenants
  const asked = new URL(request.url).searchParams.get('tenant') ?? (others.length === 0 ? only : undefined)
  if (asked === undefined) return ofAll(env, tenants)
  if (tenants !== 'all' && !tenants.includes(asked)) {
    const message = 'The token is not for this tenant. Name it in the token, or give it "tenants": "all".'
    return Response.json({ code: 'forbidden', message }, { status: 403 })
  }
  return ofOne(env, asked)
}

async function ofOne(env: Environment, tenant: string): Promise<Response> {
  const reading = await within(DEADLINE_MS, objectOf(env, tenant).metrics(tenant))
  if (reading) return told(prometheusText([{ labels: { tenant }, reading }]))
  const message = 'Nothing was counted of such a tenant: nobody has opened it.'
  return Response.json({ code: 'unknown-tenant', message }, { status: 404 })
}

async function ofAll(env: Environment, wanted: readonly string[] | 'all'): Promise<Response> {
  const { tenants, readings } = await registryReadings(env, wanted)
  const text = prometheusText(readings.map(({ tenant, reading }) => ({ labels: { tenant }, reading })))
  const head = [
    '# HELP tidemark_tenants Tenants that were heard of in the last day; those heard of last are told of below.',
    '# TYPE tidemark_tenants gauge',
    `tidemark_tenants ${tenants}`,
  ]
  return told(`${head.join('\n')}\n${text}`)
}

const told = (text: string): Response => new Response(text, { headers: { 'Content-Type': PROMETHEUS_TYPE } })
