import type { Random } from '../random.ts'
import { CONTACTS, CUSTOMER, INVOICES, LASTING_INVOICES, PASSING_INVOICES } from './rows.ts'
import type { Touch, Values } from './touch.ts'

/** One statement of a transaction, which ends before its RETURNING. */
export type Step = {
  readonly table: Touch['table']
  readonly text: string
  readonly params: readonly unknown[]
}

type Plan = {
  readonly name: string
  readonly tenant: string
  readonly random: Random
  readonly values: Values
}

/** Draws what a statement does: mostly updates, of the rows and columns that everybody edits. */
export function planStep(plan: Plan): Step {
  const drawn = plan.random.next()
  if (drawn < 0.3) return updateContact(plan)
  if (drawn < 0.65) return updateInvoice(plan)
  if (drawn < 0.72) return updateMany(plan)
  if (drawn < 0.8) return insertContact(plan)
  if (drawn < 0.88) return remove(plan)
  if (drawn < 0.94) return changeKey(plan)
  return insertInvoice(plan)
}

function updateContact({ name, tenant, random, values }: Plan): Step {
  const id = random.pick([...CONTACTS, CUSTOMER])
  const columns = random.pick([['name'], ['city'], ['name', 'city']])
  return update(
    'contacts',
    tenant,
    id,
    Object.fromEntries(columns.map((column) => [column, values.text(name)])),
  )
}

function updateInvoice({ name, tenant, random, values }: Plan): Step {
  const id = random.pick([...INVOICES, ...LASTING_INVOICES])
  switch (random.whole(1, 4)) {
    case 1:
      return update('invoices', tenant, id, { notes: values.text(name), due_on: values.day() })
    case 2:
      return update('invoices', tenant, id, { notes: values.text(name) }, { reminders: random.whole(1, 9) })
    case 3:
      return update('invoices', tenant, id, {}, { reminders: 1, paid_cents: random.whole(1, 500) })
    default:
      return update('invoices', tenant, id, {
        due_on: values.day(),
        status: random.pick(['draft', 'sent', 'part_paid', 'paid', 'void']),
      })
  }
}

/** Sets columns, and adds to others. Names come from this file. */
function update(
  table: Step['table'],
  tenant: string,
  id: string,
  set: Readonly<Record<string, unknown>>,
  add: Readonly<Record<string, number>> = {},
): Step {
  const assignments = [
    ...Object.keys(set).map((column, index) => `${column} = $${index + 3}`),
    ...Object.entries(add).map(([column, by]) => `${column} = ${table}.${column} + ${by}`),
  ]
  return {
    table,
    text: `UPDATE ${table} SET ${assignments.join(', ')} WHERE tenant_id = $1 AND id = $2`,
    params: [tenant, id, ...Object.values(set)],
  }
}

/** Several rows by one statement, in whatever order Postgres meets them. */
function updateMany({ name, tenant, random, values }: Plan): Step {
  return {
    table: 'contacts',
    text: "UPDATE contacts SET city = $2 || '/' || id WHERE tenant_id = $1 AND id = ANY ($3::text[])",
    params: [
      tenant,
      values.text(name),
      [random.pick(CONTACTS), random.pick(CONTACTS), random.pick(CONTACTS)],
    ],
  }
}

function insertContact({ name, tenant, random, values }: Plan): Step {
  return {
    table: 'contacts',
    text: 'INSERT INTO contacts (tenant_id, id, name, city) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    params: [tenant, random.pick(CONTACTS), values.text(name), values.text(name)],
  }
}

function insertInvoice({ name, tenant, random, values }: Plan): Step {
  return {
    table: 'invoices',
    text: `INSERT INTO invoices (tenant_id, id, number, contact_id, total_cents, status, notes)
             VALUES ($1, $2, $3, $4, 100000, 'sent', $5) ON CONFLICT DO NOTHING`,
    params: [tenant, random.pick(PASSING_INVOICES), values.text(name), CUSTOMER, values.text(name)],
  }
}

function remove({ tenant, random }: Plan): Step {
  const [table, id] = random.chance(0.7)
    ? (['contacts', random.pick(CONTACTS)] as const)
    : (['invoices', random.pick(PASSING_INVOICES)] as const)
  return { table, text: `DELETE FROM ${table} WHERE tenant_id = $1 AND id = $2`, params: [tenant, id] }
}

function changeKey({ tenant, random }: Plan): Step {
  const [table, from, to] = random.chance(0.7)
    ? (['contacts', random.pick(CONTACTS), random.pick(CONTACTS)] as const)
    : (['invoices', random.pick(PASSING_INVOICES), random.pick(PASSING_INVOICES)] as const)
  return {
    table,
    text: `UPDATE ${table} SET id = $3 WHERE tenant_id = $1 AND id = $2`,
    params: [tenant, from, to],
  }
}
