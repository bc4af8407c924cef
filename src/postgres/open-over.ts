import type { Ledger } from '../core/outbox/batch.ts'
import type { Attempt } from '../core/outbox/postgres-port.ts'

/** Claims before it is given up: each of them lost to another that came in between. */
const MAX_CLAIMS = 3

/**
 * Claims a tenant, if need be from the epoch that has it. A claim names whom it takes the tenant from: so one
 * that was given up and arrives late takes it from no successor.
 *
 * @param claim claims it from `over`, or when nobody has it
 */
export async function openOver(
  claim: (over: string | null) => Promise<Attempt<Ledger | { readonly owner: string }>>,
): Promise<Attempt<Ledger>> {
  let over: string | null = null
  for (let tries = 0; tries < MAX_CLAIMS; tries++) {
    const answer = await claim(over)
    if (!answer.ok) return answer
    if (!('owner' in answer.value)) return { ok: true, value: answer.value }
    over = answer.value.owner
  }
  return { ok: false, failure: 'ambiguous', message: 'others claim the tenant at the same time' }
}
