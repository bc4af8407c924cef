import { neon } from '@neondatabase/serverless'
import type { Work } from '../load/workload.ts'

/** Writes rows as a program without the engine would: one request, one transaction, a statement per table. */
export async function writePlainly(
  connectionString: string,
  tenant: string,
  work: readonly Work[],
): Promise<void> {
  const sql = neon(connectionString)
  const contacts = work.map((_, i) => `($1, $${2 * i + 2}, $${2 * i + 3}, '', '')`)
  const values = work.map((_, i) => `($${2 * i + 2}, $${2 * i + 3}, 1)`)
  await sql.transaction([
    sql.query(
      `INSERT INTO plain_contacts (tenant_id, id, name, email, city) VALUES ${contacts.join()}
         ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, email = excluded.email, city = excluded.city`,
      [tenant, ...work.flatMap(({ contact }) => [contact.id, contact.name])],
    ),
    sql.query(
      `UPDATE plain_invoices AS i SET reference = v.reference, reminders = i.reminders + v.reminders
         FROM (VALUES ${values.join()}) AS v(id, reference, reminders) WHERE i.tenant_id = $1 AND i.id = v.id`,
      [tenant, ...work.flatMap(({ invoice }) => [invoice.id, invoice.reference])],
    ),
  ])
}
