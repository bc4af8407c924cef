import type { Stack } from '../../support/stack.ts'

/** Looks for acknowledged edits in Postgres: each inserted an assignee and moved one counter by one. */
export async function findLosses(
  stack: Stack,
  { tenant, card, acked }: { tenant: string; card: string; acked: readonly string[] },
): Promise<{ lost: number; doubled: number }> {
  const assignees = await stack.sql("SELECT id FROM assignees WHERE tenant_id = $1 AND id LIKE 'load-%'", [
    tenant,
  ])
  const stored = new Set(assignees.map(({ id }) => id))
  const missing = acked.filter((id) => !stored.has(id)).length
  const [row] = await stack.sql('SELECT reactions FROM cards WHERE tenant_id = $1 AND id = $2', [
    tenant,
    card,
  ])
  const counted = Number(row?.['reactions'])
  const [history] = await stack.sql(
    `SELECT count(*)::int AS entries, count(DISTINCT (actor, n))::int AS edits FROM tidemark.history
       WHERE tenant_id = $1 AND refused IS NULL
         AND jsonb_path_exists(changes::jsonb, '$[*] ? (@.table == "assignees" && @.id starts with "load-")')`,
    [tenant],
  )
  const [entries, edits] = [Number(history?.['entries']), Number(history?.['edits'])]
  // An edit may be stored without its author having heard of it, so counter and history are held
  // against what is stored.
  return {
    lost: Math.max(missing, stored.size - counted, stored.size - edits),
    doubled: Math.max(entries - edits, counted - stored.size, edits - stored.size),
  }
}
