import { env } from 'cloudflare:workers'
import { neon, neonConfig } from '@neondatabase/serverless'

/** As its owner, as other programs. */
function postgres() {
  if (!('OWNER_URL' in env) || typeof env.OWNER_URL !== 'string') throw new Error('the tests name the owner')
  return neon(env.OWNER_URL)
}

/** Rows of a query against the real Postgres behind the object, as any other program would see them. */
export async function sql(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  if ('NEON_ENDPOINT' in env && typeof env.NEON_ENDPOINT === 'string')
    neonConfig.fetchEndpoint = env.NEON_ENDPOINT
  return postgres().query(text, values)
}

/** Changes a tenant's rows as a bulk load would: with triggers off, in one transaction. */
export async function untraced(tenant: string, ...statements: string[]): Promise<void> {
  const owner = postgres()
  await owner.transaction([
    owner.query("SELECT set_config('session_replication_role', 'replica', true)"),
    ...statements.map((text) => owner.query(text, [tenant])),
  ])
}

/** A tenant's cards in Postgres, by id. */
export function cardsOf(tenant: string): Promise<Record<string, unknown>[]> {
  return sql(
    'SELECT id, number, status, target_points::int AS total, points_won::int AS won, reactions, notes FROM cards WHERE tenant_id = $1 ORDER BY id',
    tenant,
  )
}
