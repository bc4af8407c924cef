import { NAME } from './ids.ts'
import { MAX_ORDER_COLUMNS, MAX_WINDOW } from './limits.ts'
import type { Filter, Operand, Query } from './query.ts'
import { either, exactly, is, like, list, oneOf, type Shape, such, text, whole } from './shape.ts'

const name = like(NAME)
const operand = such<Operand>(
  (value) =>
    value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value),
)
const filter: Shape<Filter> = (value) => aFilter(value)
const aFilter = either(
  exactly(oneOf('=', '<', '<=', '>', '>='), name, operand),
  exactly(oneOf('in'), name, list(operand)),
  exactly(oneOf('prefix'), name, text),
  exactly(oneOf('has'), name, operand),
  exactly(oneOf('and', 'or'), list(filter)),
  exactly(oneOf('not'), filter),
)
const order = list(exactly(name, oneOf('asc', 'desc')))
const few = (shape: Shape<readonly unknown[]>, most: number) =>
  such<readonly unknown[]>((value) => is(shape, value) && value.length >= 1 && value.length <= most)

/** What each key of a query may be, and how that is said. */
const KEYS: Readonly<Record<keyof Query, readonly [form: Shape<unknown>, sentence: string]>> = {
  collection: [name, 'a collection is named by letters, digits and _'],
  where: [filter, 'a condition names an operator, a column and what to compare it with'],
  orderBy: [
    few(order, MAX_ORDER_COLUMNS),
    `an order has 1 to ${MAX_ORDER_COLUMNS} columns, each asc or desc`,
  ],
  limit: [
    such((value) => is(whole(1), value) && value <= MAX_WINDOW),
    `a limit is a whole number from 1 to ${MAX_WINDOW}`,
  ],
  after: [
    few(list(operand), MAX_ORDER_COLUMNS + 1),
    'a place has a value for each sorted column, and then the id',
  ],
  select: [list(name), 'columns are named by letters, digits and _'],
}

/** The reason why something is no query, in words. What it may be is `querySchema`; tests hold that both agree. */
export function whyNoQuery(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null) return 'a query is an object'
  const given = new Map<string, unknown>(Object.entries(input))
  const unknown = [...given.keys()].find((key) => !Object.hasOwn(KEYS, key))
  if (unknown !== undefined) return `"${unknown.slice(0, MAX_REPEATED)}" is nothing that a query says`
  for (const [key, [form, sentence]] of Object.entries(KEYS)) {
    const value = given.get(key)
    if ((value !== undefined || key === 'collection') && !is(form, value)) return sentence
  }
  return undefined
}

/** Characters of a key that a sentence repeats. */
const MAX_REPEATED = 40

export function isQuery(input: unknown): input is Query {
  return whyNoQuery(input) === undefined
}
