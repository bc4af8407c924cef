import type { Random } from '../../../dev/harness/random.ts'
import type { Stack } from '../../support/stack.ts'

type Ids = readonly [string, ...string[]]

/** What everybody changes in one tenant. */
export type Scene = {
  /** Records that come and go, also under new keys. */
  readonly assignees: Ids
  readonly passing: Ids
  /** Cards that stay, so that every delta of them has to be in their sums. */
  readonly lasting: Ids
  /** The share of deeds that make, remove or rename a record. */
  readonly turnover: number
}

type Records = Omit<Scene, 'turnover'>

const MANY: Records = {
  assignees: ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9'],
  passing: ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'],
  lasting: ['l0', 'l1', 'l2', 'l3', 'l4', 'l5'],
}

const FEW: Records = { assignees: ['a0', 'a1', 'a2'], passing: ['p0', 'p1'], lasting: ['l0', 'l1'] }

/** Draws how much there is to change, and how fast it comes and goes. */
export function drawScene(random: Random): Scene {
  return { ...random.pick([MANY, FEW]), turnover: random.pick([0.15, 0.3, 0.6]) }
}

/** The assignee of every card. */
export const ASSIGNEE = 'assignee'

/** Writes what a tenant has at first. */
export async function prepareRows(
  stack: Stack,
  tenant: string,
  { assignees, passing, lasting }: Scene,
): Promise<void> {
  await stack.sql("INSERT INTO assignees (tenant_id, id, name) SELECT $1, unnest($2::text[]), ''", [
    tenant,
    [...assignees.slice(0, assignees.length / 2), ASSIGNEE],
  ])
  await stack.sql(
    `INSERT INTO cards (tenant_id, id, number, assignee_id, target_points, status)
       SELECT $1, id, id, $3, 100000, 'open' FROM unnest($2::text[]) AS id`,
    [tenant, [...passing, ...lasting], ASSIGNEE],
  )
}
