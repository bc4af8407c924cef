import pg from 'pg'
import { type AuditOptions, auditTenant, type TenantAudit } from '../../../dev/audit/audit-tenant.ts'
import type { Database } from './database.ts'
import {
  batchOf,
  done,
  EPOCH,
  emptyBatch,
  entry,
  insertAssignee,
  insertCard,
  oneByOne,
  proposalOf,
  rowChanges,
  update,
} from './edits.ts'

/** What `live` writes. */
export const LIVED = { lines: 10, edits: 13 }

/** An audit on a connection of its own, in pages so small that a history has several. */
export async function audit(
  database: Database,
  tenant: string,
  options: AuditOptions = {},
): Promise<TenantAudit> {
  const client = new pg.Client({ connectionString: database.postgres.connectionString })
  await client.connect()
  try {
    return await auditTenant(client, tenant, { pageLines: 3, ...options })
  } finally {
    await client.end()
  }
}

/** An audit that has nothing to say. */
export const clean = (checked: { lines: number; edits: number }): TenantAudit => ({
  ...checked,
  erasing: false,
  unknown: false,
  tampering: [],
  found: 0,
})

/**
 * A tenant's life in ten lines of history: batches, one sent again, one refused edit set-wise and one edit by edit, a
 * proposal that is taken and one that is refused, an external change, another epoch, and a batch of the one before.
 */
export async function live(database: Database, tenant: string): Promise<void> {
  const gateway = database.gateway(tenant)
  const rename = (seq: number, name: string) => entry(seq, [update('assignees', 'a1', { name })])
  const orphan = insertCard('c9', { assigneeId: 'nobody' })
  await done(gateway.open(EPOCH))
  const first = batchOf([entry(1, [insertAssignee('a1')]), entry(2, [insertAssignee('a2')])])
  for (const _ of ['sent', 'sent again']) await done(gateway.apply(first))
  await done(gateway.apply(batchOf([rename(3, 'Zoë 🙂'), entry(4, [orphan]), rename(5, 'never')])))
  await done(gateway.apply(oneByOne(batchOf([rename(5, 'Zoe'), entry(6, [orphan])]))))
  await done(gateway.propose(emptyBatch(6), proposalOf(7, [insertAssignee('a3')])))
  await done(gateway.propose(emptyBatch(6), proposalOf(8, [orphan])))
  await database.sql(
    `SELECT set_config('tidemark.by', 'import', true);
     UPDATE assignees SET city = 'York' WHERE tenant_id = '${tenant}' AND id = 'a2'`,
  )
  const read = rowChanges((await done(gateway.changes())).changes)
  const external = read.map((change) => ({ ...change, replaces: false }))
  await done(
    gateway.apply(batchOf([entry(7, [], { actor: 'sql', subject: 'import', external, repairs: [] })])),
  )
  await done(gateway.open('epoch-2'))
  const next = entry(1, [update('assignees', 'a1', { city: 'Bath' })], { n: 9 })
  await done(gateway.apply(batchOf([next], 'epoch-2')))
  // Of the log that lost the tenant.
  await done(gateway.apply(batchOf([rename(8, 'late')])))
  for (const seq of [2, 3, 4]) {
    const more = entry(seq, [update('assignees', 'a2', { city: `c${seq}` })], { n: seq + 8 })
    await done(gateway.apply(batchOf([more], 'epoch-2')))
  }
}

/** Whoever may change everything changes something; what it leaves is audited, and then undone. */
export async function tampered(
  client: pg.Client,
  tenant: string,
  statements: readonly string[],
  options: AuditOptions = {},
): Promise<TenantAudit> {
  await client.query('BEGIN; SET LOCAL session_replication_role = replica')
  try {
    for (const text of statements) await client.query(text)
    return await auditTenant(client, tenant, { pageLines: 3, ...options })
  } finally {
    await client.query('ROLLBACK')
  }
}
