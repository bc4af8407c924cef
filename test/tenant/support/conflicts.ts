import { runInDurableObject } from 'cloudflare:test'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { objectOf } from './tenant-world.ts'

/** The conflicts that a tenant's object keeps, in the order that they were found in. */
export async function conflictsOf(tenant: string): Promise<Row[]> {
  const found = await runInDurableObject(objectOf(tenant), (_, { storage }) =>
    storage.sql
      .exec<{ row: string }>(
        "SELECT row FROM record WHERE collection = ? AND deleted_seq IS NULL ORDER BY row ->> '$.seq', id",
        CONFLICTS,
      )
      .toArray(),
  )
  // As the object writes them.
  return found.map(({ row }): Row => JSON.parse(row))
}
