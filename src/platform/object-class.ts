import type { DurableObject } from 'cloudflare:workers'
import type { Environment } from './environment.ts'

/** The class of a Durable Object, which a deployment exports under a name of its own. */
export type ObjectClass<Calls> = new (
  context: DurableObjectState,
  env: Environment,
) => DurableObject<Environment> & Calls
