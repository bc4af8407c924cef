import { PROMETHEUS_TYPE, prometheusText } from '../core/metrics/prometheus.ts'
import type { Reading } from '../core/metrics/reading.ts'
import { type Environment, objectOf, registryOf } from '../platform/environment.ts'
import type { Outcome } from '../protocol/internal/tenant-answers.ts'
import { within } from '../registry/within.ts'
import { authenticateOperator } from './auth/authenticate.ts'
import { bearerOf } from './auth/bearer.ts'

/** Tenants that one answer tells of: some 10 MB of text, and so much a Worker can make. */
const MAX_TENANTS = 500

/** Milliseconds to wait for an object or for the registry. */
const DEADLINE_MS = 10_000

/**
 * Tells what was counted as text for Prometheus: of one tenant as of now, or of all that were heard of in the last
 * day, as of when they told it last. The latter wakes no tenant's object.
 */
export async function metrics(request: Request, env: Environment): Promise<Response> {
  const operator = await authenticateOperator(env, bearerOf(request))
  if (!operator) {
    const headers = { 'WWW-Authenticate': 'Bearer' }
    return Response.json({ message: 'The token is not valid.' }, { status: 401, headers })
  }
  const asked = new URL(request.url).searchParams.get('tenant') ?? operator.tenant
  if (asked === undefined) return ofAll(env)
  if (operator.tenant !== undefined && operator.tenant !== asked) {
    const message = 'The token is for another tenant. One with the claim "tenants": "all" is for each.'
    return Response.json({ message }, { status: 403 })
  }
  return ofOne(env, asked)
}

async function ofOne(env: Environment, tenant: string): Promise<Response> {
  const reading = await within(DEADLINE_MS, ask(env, tenant))
  if ('is' in reading) {
    if (reading.is === 'unknown')
      return Response.json({ code: 'unknown-tenant', message: reading.why }, { status: 404 })
    return Response.json(
      { message: 'Postgres does not say whether there is such a tenant.' },
      { status: 503 },
    )
  }
  return told(prometheusText([{ labels: { tenant }, reading }]))
}

const ask = async (env: Environment, tenant: string): Promise<Reading | Outcome> =>
  objectOf(env, tenant).metrics(tenant)

async function ofAll(env: Environment): Promise<Response> {
  const { tenants, readings } = await within(DEADLINE_MS, registryOf(env).readings(MAX_TENANTS))
  const text = prometheusText(readings.map(({ tenant, reading }) => ({ labels: { tenant }, reading })))
  const head = [
    '# HELP tidemark_tenants Tenants that were heard of in the last day; those heard of last are told of below.',
    '# TYPE tidemark_tenants gauge',
    `tidemark_tenants ${tenants}`,
  ]
  return told(`${head.join('\n')}\n${text}`)
}

const told = (text: string): Response => new Response(text, { headers: { 'Content-Type': PROMETHEUS_TYPE } })
