import type { Random } from '../../../dev/harness/random.ts'
import type { Stack } from '../../../dev/harness/stack.ts'

type Ids = readonly [string, ...string[]]

/** What everybody changes in one tenant. */
export type Scene = {
  /** Records that come and go, also under new keys. */
  readonly contacts: Ids
  readonly passing: Ids
  /** Invoices that stay, so that every delta of them has to be in their sums. */
  readonly lasting: Ids
  /** The share of deeds that make, remove or rename a record. */
  readonly turnover: number
}

type Records = Omit<Scene, 'turnover'>

const MANY: Records = {
  contacts: ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9'],
  passing: ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'],
  lasting: ['l0', 'l1', 'l2', 'l3', 'l4', 'l5'],
}

const FEW: Records = { contacts: ['c0', 'c1', 'c2'], passing: ['p0', 'p1'], lasting: ['l0', 'l1'] }

/** Draws how much there is to change, and how fast it comes and goes. */
export function drawScene(random: Random): Scene {
  return { ...random.pick([MANY, FEW]), turnover: random.pick([0.15, 0.3, 0.6]) }
}

/** The contact of every invoice. */
export const CUSTOMER = 'customer'

/** Writes what a tenant has at first. */
export async function prepareRows(
  stack: Stack,
  tenant: string,
  { contacts, passing, lasting }: Scene,
): Promise<void> {
  await stack.sql("INSERT INTO contacts (tenant_id, id, name) SELECT $1, unnest($2::text[]), ''", [
    tenant,
    [...contacts.slice(0, contacts.length / 2), CUSTOMER],
  ])
  await stack.sql(
    `INSERT INTO invoices (tenant_id, id, number, contact_id, total_cents, status)
       SELECT $1, id, id, $3, 100000, 'sent' FROM unnest($2::text[]) AS id`,
    [tenant, [...passing, ...lasting], CUSTOMER],
  )
}
