import pg from 'pg'
import { admitWorker } from '../../../dev/application-role.ts'
import { auditTenant, type TenantAudit } from '../../../dev/audit/audit-tenant.ts'
import { startNeonHttp } from '../../../dev/neon-http.ts'
import { createGateway } from '../../../src/postgres/gateway.ts'
import { app } from '../../fixtures/board/sync.ts'
import type { Database } from './database.ts'

/** An empty database beside another, for a dump of that, with a gateway and audits of one tenant. */
export async function startRestored(
  database: Database,
  tenant: string,
  migrate: (connectionString: string) => Promise<void>,
) {
  const name = tenant.replaceAll('-', '_')
  await database.sql(`CREATE DATABASE ${name}`)
  const { href } = Object.assign(new URL(database.postgres.connectionString), { pathname: `/${name}` })
  await migrate(href)
  const workerConnectionString = await admitWorker(href)
  const neon = await startNeonHttp({ connectionString: href, others: [workerConnectionString] })
  const client = new pg.Client({ connectionString: href })
  await client.connect()
  return {
    connectionString: href,
    gateway: createGateway({
      connectionString: workerConnectionString,
      fetchEndpoint: neon.endpoint,
      tenant: () => tenant,
      app,
    }),
    audit: (): Promise<TenantAudit> => auditTenant(client, tenant),
    async stop() {
      await client.end()
      await neon.stop()
    },
  }
}
