import type { Random } from '../../../dev/harness/random.ts'
import { ASSIGNEE, type Scene } from './rows.ts'
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
  readonly scene: Scene
}

/** Draws what a statement does, to the rows and columns that everybody edits. */
export function planStep(plan: Plan): Step {
  const { random, scene } = plan
  const deeds = random.chance(scene.turnover)
    ? ([insertAssignee, insertCard, remove, remove, changeKey, changeKey] as const)
    : ([updateAssignee, updateAssignee, updateCard, updateCard, updateMany] as const)
  return random.pick<(plan: Plan) => Step>(deeds)(plan)
}

function updateAssignee({ name, tenant, random, values, scene }: Plan): Step {
  const id = random.pick([...scene.assignees, ASSIGNEE])
  const columns = random.pick([['name'], ['city'], ['name', 'city']])
  return update(
    'assignees',
    tenant,
    id,
    Object.fromEntries(columns.map((column) => [column, values.text(name)])),
  )
}

function updateCard({ name, tenant, random, values, scene }: Plan): Step {
  const id = random.pick([...scene.passing, ...scene.lasting, ...scene.lasting])
  switch (random.whole(1, 4)) {
    case 1:
      return update('cards', tenant, id, { notes: values.text(name), due_on: values.day() })
    case 2:
      return update('cards', tenant, id, { notes: values.text(name) }, { reactions: random.whole(1, 9) })
    case 3:
      return update('cards', tenant, id, {}, { reactions: 1, points_won: random.whole(1, 500) })
    default:
      return update('cards', tenant, id, {
        due_on: values.day(),
        status: random.pick(['draft', 'open', 'in_progress', 'finished', 'withdrawn']),
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
function updateMany({ name, tenant, random, values, scene: { assignees } }: Plan): Step {
  return {
    table: 'assignees',
    text: "UPDATE assignees SET city = $2 || '/' || id WHERE tenant_id = $1 AND id = ANY ($3::text[])",
    params: [
      tenant,
      values.text(name),
      [random.pick(assignees), random.pick(assignees), random.pick(assignees)],
    ],
  }
}

function insertAssignee({ name, tenant, random, values, scene }: Plan): Step {
  return {
    table: 'assignees',
    text: 'INSERT INTO assignees (tenant_id, id, name, city) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    params: [tenant, random.pick(scene.assignees), values.text(name), values.text(name)],
  }
}

function insertCard({ name, tenant, random, values, scene }: Plan): Step {
  return {
    table: 'cards',
    text: `INSERT INTO cards (tenant_id, id, number, assignee_id, target_points, status, notes)
             VALUES ($1, $2, $3, $4, 100000, 'open', $5) ON CONFLICT DO NOTHING`,
    params: [tenant, random.pick(scene.passing), values.text(name), ASSIGNEE, values.text(name)],
  }
}

function remove({ tenant, random, scene: { assignees, passing } }: Plan): Step {
  const [table, id] = random.chance(0.7)
    ? (['assignees', random.pick(assignees)] as const)
    : (['cards', random.pick(passing)] as const)
  return { table, text: `DELETE FROM ${table} WHERE tenant_id = $1 AND id = $2`, params: [tenant, id] }
}

function changeKey({ tenant, random, scene: { assignees, passing } }: Plan): Step {
  const [table, from, to] = random.chance(0.7)
    ? (['assignees', random.pick(assignees), random.pick(assignees)] as const)
    : (['cards', random.pick(passing), random.pick(passing)] as const)
  return {
    table,
    text: `UPDATE ${table} SET id = $3 WHERE tenant_id = $1 AND id = $2`,
    params: [tenant, from, to],
  }
}
