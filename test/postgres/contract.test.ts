import { createGateway } from '../../src/postgres/gateway.ts'
import type { Row } from '../../src/protocol/value.ts'
import { postgresContract } from '../contract/postgres.ts'
import { app } from '../fixtures/board/sync.ts'
import { useDatabase } from './support/database.ts'

const database = useDatabase()

let tenants = 0

postgresContract('PostgreSQL behind the gateway', async () => {
  const tenant = `contract-${++tenants}`
  const { sql } = database
  const port = createGateway({
    connectionString: database.workerConnectionString,
    fetchEndpoint: database.endpoint,
    tenant: () => tenant,
    app,
  })
  const writeAssignee = async (id: string, set: Row | undefined) => {
    if (!set) {
      await sql('DELETE FROM assignees WHERE tenant_id = $1 AND id = $2', [tenant, id])
      return
    }
    const columns = Object.keys(set)
    const assignments = columns.map((name, place) => `${name} = $${place + 3}`).join()
    const found = await sql(
      `UPDATE assignees SET ${assignments} WHERE tenant_id = $1 AND id = $2 RETURNING id`,
      [tenant, id, ...Object.values(set)],
    )
    if (found.length > 0) return
    const places = columns.map((_, place) => `$${place + 3}`).join()
    await sql(`INSERT INTO assignees (tenant_id, id, ${columns.join()}) VALUES ($1, $2, ${places})`, [
      tenant,
      id,
      ...Object.values(set),
    ])
  }
  return {
    tenant,
    port,
    writeAssignee,
    insertAssignees: async (ids) => {
      const text =
        'INSERT INTO assignees (tenant_id, id, name) SELECT $1, id, id FROM unnest($2::text[]) AS id'
      await sql(text, [tenant, ids])
    },
    poison: async (id) => {
      const text = 'UPDATE cards SET target_points = 9007199254740992 WHERE tenant_id = $1 AND id = $2'
      await sql(text, [tenant, id])
    },
    // As good as there when it is called otherwise.
    moveElsewhere: async () => void (await sql('UPDATE tidemark.cluster SET made = made')),
    served: async () => (await sql('SELECT hash FROM tidemark.manifest')).map(({ hash }) => String(hash)),
  }
})
