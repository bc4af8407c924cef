import type { Random } from '../../../dev/harness/random.ts'

/** A statement of somebody who knows nothing of Tidemark, about one row of a tenant. */
export function externalStatement(
  random: Random,
  { tenant, records }: { tenant: string; records: number },
): { readonly text: string; readonly params: readonly unknown[] } {
  const value = `outside:${tenant}:${random.whole(1, 1_000_000_000)}`
  const [assignee, card] = [`assignee-${random.whole(1, records)}`, `card-${random.whole(1, records)}`]
  switch (random.whole(0, 5)) {
    case 0:
      return {
        text: 'INSERT INTO assignees (tenant_id, id, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        params: [tenant, assignee, value],
      }
    case 1:
      return {
        text: 'UPDATE assignees SET city = $3 WHERE tenant_id = $1 AND id = $2',
        params: [tenant, assignee, value],
      }
    case 2:
      return {
        text: 'DELETE FROM assignees WHERE tenant_id = $1 AND id = $2',
        params: [tenant, assignee],
      }
    case 3:
      return {
        text: 'UPDATE cards SET notes = $3 WHERE tenant_id = $1 AND id = $2',
        params: [tenant, card, value],
      }
    case 4:
      return {
        text: 'UPDATE cards SET reactions = reactions + 1, best_score = reactions * 377 % 1000 WHERE tenant_id = $1 AND id = $2',
        params: [tenant, card],
      }
    default:
      return { text: 'DELETE FROM cards WHERE tenant_id = $1 AND id = $2', params: [tenant, card] }
  }
}
