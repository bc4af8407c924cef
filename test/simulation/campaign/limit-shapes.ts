import type { Client } from '../../../client/src/api/types.ts'
import { where } from '../../../src/core/query/where.ts'
import {
  MAX_CONDITIONS,
  MAX_LIST_VALUES,
  MAX_NESTING,
  MAX_OPERAND_BYTES,
  MAX_QUERY_VALUES,
  MAX_STRING_LENGTH,
  MAX_WINDOW,
} from '../../../src/protocol/limits.ts'
import type { App } from '../../fixtures/board/sync.ts'
import { type Asked, asked, type Shape } from './shapes.ts'

/** The first of them are in the records, of whatever kind. */
const names = (kind: string, count: number) => Array.from({ length: count }, (_, i) => `${kind}-${i + 1}`)

const listed =
  (values: number): Shape =>
  (db) =>
    db.assignees.where({ id: { in: names('assignee', values) } })

const listedTogether = (values: number): Shape => {
  const lists = Array.from({ length: Math.floor(values / MAX_LIST_VALUES) }, (_, list) => ({
    number: { in: names(`list${list}`, MAX_LIST_VALUES) },
  }))
  const rest = names('card', values % MAX_LIST_VALUES)
  return (db) => db.cards.where(where.any(...lists, ...(rest.length > 0 ? [{ id: { in: rest } }] : [])))
}

const manyConditions =
  (count: number): Shape =>
  (db) =>
    db.cards.where(where.any(...names('', count).map((_, i) => ({ targetPoints: { gt: 900 + i } }))))

/** Each level has a condition of its own, so that none can be left out. */
const nested =
  (levels: number): Shape =>
  (db) => {
    let inner: object = { reactions: { gte: 0 } }
    for (let level = 1; level <= levels; level++) {
      const own = { targetPoints: { gt: level } }
      inner = level % 2 === 0 ? where.all(own, inner) : where.any(own, inner)
    }
    return db.cards.where(inner)
  }

/** The two values take so many bytes as JSON. */
const long =
  (bytes: number): Shape =>
  (db) => {
    const half = 'x'.repeat(Math.floor(bytes / 2) - '""'.length)
    const rest = 'y'.repeat(Math.ceil(bytes / 2) - '""'.length)
    return db.assignees.where(where.not({ name: { prefix: half }, city: { prefix: rest } }))
  }

const sorted = (db: Client<App>) => db.cards.all().orderBy('status').orderBy('reactions', 'desc')

/** Queries at a limit, each of them one that is answered. */
export const AT_LIMITS: readonly [Asked, ...Asked[]] = [
  asked(listed(MAX_LIST_VALUES)),
  asked(listedTogether(MAX_QUERY_VALUES)),
  asked(manyConditions(MAX_CONDITIONS)),
  asked(nested(MAX_NESTING)),
  asked(long(MAX_OPERAND_BYTES)),
  asked((db) => sorted(db).orderBy('targetPoints').orderBy('number').limit(MAX_WINDOW)),
]

/** Queries beyond a limit, or that are none: each is refused, alone. */
export const BEYOND_LIMITS: readonly [Asked, ...Asked[]] = [
  asked(listed(MAX_LIST_VALUES + 1)),
  asked(listedTogether(MAX_QUERY_VALUES + 1)),
  asked(manyConditions(MAX_CONDITIONS + 1)),
  asked(nested(MAX_NESTING + 1)),
  asked(long(MAX_OPERAND_BYTES + 1)),
  asked((db) => db.assignees.where({ name: { prefix: 'x'.repeat(MAX_STRING_LENGTH + 1) } })),
  asked((db) => sorted(db).orderBy('targetPoints').orderBy('number').orderBy('dueOn')),
  asked((db) => db.assignees.where({ name: { prefix: '\ud83d' } })),
  asked((db) => db.assignees.where({ name: 'a\u0000b' })),
]

type Written = (db: Client<App>) => unknown

/** What throws as soon as it is written down. */
export const NO_QUERIES: readonly [Written, ...Written[]] = [
  (db) => db.cards.where({ reactions: Number.NaN }),
  (db) => db.cards.where({ targetPoints: { lt: Number.POSITIVE_INFINITY } }),
  (db) => db.cards.where(Object.fromEntries([['dueOn', undefined]])),
  (db) => db.cards.where(Object.fromEntries([['dueOn', new Date(0)]])),
  (db) => db.cards.where(Object.fromEntries([['number', () => 'text']])),
  (db) => db.cards.where(Object.fromEntries([['reactions', 1n]])),
  (db) => db.assignees.all().limit(0),
  (db) => db.assignees.all().limit(MAX_WINDOW + 1),
]
