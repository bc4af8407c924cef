import type { Random } from '../../../dev/harness/random.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import type { Plan } from '../campaign/plan.ts'
import type { TenantDatabase } from '../postgres-model/simulated-database.ts'
import { isId } from './odd-ids.ts'

/** Values that Postgres holds in a column, and that cannot be shown as they are. */
const POISON: readonly Row[] = [
  { targetPoints: 2 ** 53 },
  { pointsWon: -(2 ** 60) },
  { dueOn: 'infinity' },
  { dueOn: '0044-03-15 BC' },
  { dueOn: '12026-01-01' },
  { status: 'lost' },
]

/** What takes the place of any of them. */
const MENDED: Row = { targetPoints: 100, pointsWon: 0, dueOn: null, status: 'open' }

/** How often, of 1, a record that is poisoned is mended when somebody comes by, and otherwise deleted. */
const IS_MENDED = 0.7

/** Somebody writes a value that nobody can be shown, or mends one. */
export function writePoison(database: TenantDatabase, random: Random, { records, seed }: Plan): void {
  const id = `card-${random.whole(1, records)}`
  const number = `outside:${seed}:${Math.floor(random.next() * 1e9)}`
  const [assigneeId] = database.tables.rows('assignees').keys()
  const poison = POISON[random.whole(0, POISON.length - 1)]
  const isMended = random.chance(IS_MENDED)
  database.writeExternal('cards', id, (row) => {
    if (!row) return assigneeId === undefined ? undefined : { ...MENDED, id, number, assigneeId, ...poison }
    if (isShowable('cards', row)) return { ...row, ...poison }
    return isMended ? { ...row, ...MENDED } : undefined
  })
}

const STATUSES: readonly Value[] = ['draft', 'open', 'in_progress', 'finished', 'withdrawn']

/** Can a row of Postgres be a record? Says so without any code of the product. */
export function isShowable(collection: string, row: Row): boolean {
  if (!isId(String(row['id']))) return false
  if (collection !== 'cards') return true
  const { targetPoints, pointsWon, dueOn = null, status = 'draft' } = row
  const isExact = (value: Value | undefined) => Math.abs(Number(value ?? 0)) < 2 ** 53
  const isDay = dueOn === null || /^\d{4}-\d{2}-\d{2}$/.test(String(dueOn))
  return isExact(targetPoints) && isExact(pointsWon) && isDay && STATUSES.includes(status)
}

/** The rows of a collection that can be records, by id. */
export function showable(collection: string, rows: ReadonlyMap<string, Row>): Map<string, Row> {
  return new Map([...rows].filter(([, row]) => isShowable(collection, row)))
}

/** Ids of the others. */
export function setAside(collection: string, rows: ReadonlyMap<string, Row>): string[] {
  return [...rows].flatMap(([id, row]) => (isShowable(collection, row) ? [] : [id]))
}
