import type { Reading } from '../core/metrics/reading.ts'
import { Tally } from '../core/metrics/tally.ts'
import { type Environment, registryOf } from '../platform/environment.ts'
import { within } from '../registry/within.ts'
import { authenticateOperator } from './auth/authenticate-service.ts'
import { bearerOf } from './auth/bearer.ts'
import { refuse } from './auth/refuse.ts'
import { registryReadings } from './registry-readings.ts'

/** Milliseconds to wait for the registry. */
const DEADLINE_MS = 10_000

/**
 * Tells an operator of all tenants that were heard of in the last day, as they told it last, and of the alerts that
 * are open. Wakes none of their objects. A token that names tenants is told of those.
 */
export async function tenantList(request: Request, env: Environment): Promise<Response> {
  const operator = await authenticateOperator(env, bearerOf(request))
  if (!operator.ok) return refuse(operator.error, operator.status)
  const { tenants: wanted } = operator
  const [{ tenants: known, readings }, alerts] = await Promise.all([
    registryReadings(env, wanted),
    within(DEADLINE_MS, registryOf(env).alerts()),
  ])
  const isShown = (tenant: string) => wanted === 'all' || wanted.includes(tenant)
  return Response.json({
    known,
    tenants: readings.map(({ tenant, reading }) => ({ tenant, ...summaryOf(reading) })),
    // One about the deployment concerns everybody who looks.
    alerts: alerts.filter(({ tenant }) => tenant === '' || isShown(tenant)),
  })
}

function summaryOf(reading: Reading) {
  const tally = new Tally()
  tally.add(reading)
  const { at, gauges } = reading
  return {
    at,
    sessions: gauges.sessions ?? 0,
    outbox: gauges.outbox ?? 0,
    conflicts: gauges.open_conflicts ?? 0,
    aside: gauges.aside ?? 0,
    accepted: tally.total('edits_accepted'),
    drainLagP99Ms: tally.distribution('drain_lag').quantile(0.99) ?? null,
    deliveryP99Ms: tally.distribution('client_delivery').quantile(0.99) ?? null,
  }
}
