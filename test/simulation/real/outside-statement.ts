import type { Random } from '../../../dev/harness/random.ts'

/** A statement of somebody who knows nothing of Tidemark, about one row of a tenant. */
export function outsideStatement(
  random: Random,
  { tenant, records }: { tenant: string; records: number },
): { readonly text: string; readonly params: readonly unknown[] } {
  const value = `outside:${tenant}:${random.whole(1, 1_000_000_000)}`
  const [contact, invoice] = [`contact-${random.whole(1, records)}`, `invoice-${random.whole(1, records)}`]
  switch (random.whole(0, 5)) {
    case 0:
      return {
        text: 'INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        params: [tenant, contact, value],
      }
    case 1:
      return {
        text: 'UPDATE contacts SET city = $3 WHERE tenant_id = $1 AND id = $2',
        params: [tenant, contact, value],
      }
    case 2:
      return {
        text: 'DELETE FROM contacts WHERE tenant_id = $1 AND id = $2',
        params: [tenant, contact],
      }
    case 3:
      return {
        text: 'UPDATE invoices SET notes = $3 WHERE tenant_id = $1 AND id = $2',
        params: [tenant, invoice, value],
      }
    case 4:
      return {
        text: 'UPDATE invoices SET reminders = reminders + 1 WHERE tenant_id = $1 AND id = $2',
        params: [tenant, invoice],
      }
    default:
      return { text: 'DELETE FROM invoices WHERE tenant_id = $1 AND id = $2', params: [tenant, invoice] }
  }
}
