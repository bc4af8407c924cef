import type { PostgresPort } from '../../core/outbox/postgres-port.ts'
import type { Outcome } from '../../protocol/internal/tenant-answers.ts'
import type { Store } from '../storage/store.ts'

type Existing = { readonly store: Store; readonly postgres: Pick<PostgresPort, 'knows'> }

/**
 * Returns why an operator's request for a tenant comes to nothing, if it does. A tenant exists when its object has been
 * used, or when Postgres has its ledger or a row of it: rows written by SQL alone can be exported and deleted
 * before anybody has opened them. Asking makes no tenant.
 */
export async function whyAbsent({ store, postgres }: Existing, tenant: string): Promise<Outcome | undefined> {
  return store.tenant === undefined ? whyUnknown(postgres, tenant) : undefined
}

/** Returns why a request for a tenant of whose object nothing is known comes to nothing, if it does. */
export async function whyUnknown(
  postgres: Existing['postgres'],
  tenant: string,
): Promise<Outcome | undefined> {
  const known = await postgres.knows(tenant)
  if (!known.ok) {
    const why = 'Postgres does not say whether there is such a tenant; repeat the request.'
    return { is: 'waiting', edits: 0, why }
  }
  return known.value ? undefined : { is: 'unknown', why: 'There is no such tenant.' }
}
