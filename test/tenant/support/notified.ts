import { exports } from 'cloudflare:workers'
import { sql } from './database.ts'
import { newTenant, Peer } from './peer.ts'
import { assignee, card } from './samples.ts'
import { signNudge } from './tenant-world.ts'

/** Ada, the owner, and an open card of hers that is in Postgres. */
export async function withCard(name: string, values = {}) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { status: 'open', targetPoints: 100, ...values })))
  await ada.next('rows')
  await ada.committed(1)
  const person = (sub: string, role: 'owner' | 'editor' | 'viewer') => ({ sub, tenant, role })
  const [owner, editor, viewer] = [person('olga', 'owner'), person('ben', 'editor'), person('vic', 'viewer')]
  return { tenant, ada, owner, editor, viewer }
}

/** Asks for an operation on a tenant. */
export async function operate(tenant: string, method: string, path: string): Promise<Response> {
  return exports.default.fetch(`https://tidemark.test/sync/tenant${path}`, {
    method,
    headers: { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` },
  })
}

/** A tenant's notifications in Postgres. */
export const inPostgres = (tenant: string) =>
  sql(
    'SELECT id, kind, by, collection, record, data FROM tidemark.notification WHERE tenant_id = $1 ORDER BY at, id',
    tenant,
  )
