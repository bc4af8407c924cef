import { type Environment, registryOf } from '../platform/environment.ts'
import type { TenantReadings } from '../platform/objects.ts'
import { within } from '../registry/within.ts'

/** Tenants that one answer tells of: some 10 MB of text, and so much a Worker can make. */
const MAX_TENANTS = 500

/** Milliseconds to wait for the registry. */
const DEADLINE_MS = 10_000

/** Readings as tenants' objects told them to the registry last, of those that an operator may know of. Wakes none. */
export function registryReadings(
  env: Environment,
  wanted: readonly string[] | 'all',
): Promise<TenantReadings> {
  return within(
    DEADLINE_MS,
    registryOf(env).readings(MAX_TENANTS, wanted === 'all' ? undefined : [...wanted]),
  )
}
