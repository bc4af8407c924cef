import * as v from 'valibot'
import { nameSchema } from './ids.ts'
import { MAX_CONDITIONS, MAX_LIST_VALUES, MAX_ORDER_COLUMNS, MAX_WINDOW } from './limits.ts'
import { type Value, valueSchema } from './value.ts'

/**
 * Which records of a collection: a tree of conditions as it travels. A comparison with null is false,
 * and `['=', column, null]` asks for null; so a condition is true or false, and `not` is the opposite.
 */
export type Filter =
  | readonly ['=' | '<' | '<=' | '>' | '>=', string, Value]
  /** The column's value is one of these. */
  | readonly ['in', string, readonly Value[]]
  /** A text begins with this. */
  | readonly ['prefix', string, string]
  /** A list contains this. */
  | readonly ['has', string, Value]
  | readonly ['and' | 'or', readonly Filter[]]
  | readonly ['not', Filter]

const someFilter: v.GenericSchema<unknown, Filter> = v.lazy(() => filterSchema)

export const filterSchema: v.GenericSchema<unknown, Filter> = v.union([
  v.strictTuple([v.picklist(['=', '<', '<=', '>', '>=']), nameSchema, valueSchema]),
  v.strictTuple([
    v.literal('in'),
    nameSchema,
    v.pipe(v.array(valueSchema), v.maxLength(MAX_LIST_VALUES, `at most ${MAX_LIST_VALUES} values in a list`)),
  ]),
  v.strictTuple([v.literal('prefix'), nameSchema, v.string()]),
  v.strictTuple([v.literal('has'), nameSchema, valueSchema]),
  v.strictTuple([v.picklist(['and', 'or']), v.pipe(v.array(someFilter), v.maxLength(MAX_CONDITIONS))]),
  v.strictTuple([v.literal('not'), someFilter]),
])

/** Columns to sort by, the first one first. Null comes before everything else; equal records are sorted by id. */
export const orderSchema = v.pipe(
  v.array(v.strictTuple([nameSchema, v.picklist(['asc', 'desc'])])),
  v.minLength(1),
  v.maxLength(MAX_ORDER_COLUMNS),
)

/** What a subscription shows. */
export const querySchema = v.strictObject({
  collection: nameSchema,
  where: v.optional(filterSchema),
  orderBy: v.optional(orderSchema),
  /** At most so many records: the first in the order, or by id where no order is given. */
  limit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_WINDOW))),
  /** Only what comes after this place in the order: the sorted columns' values, then the id. */
  after: v.optional(v.pipe(v.array(valueSchema), v.minLength(1), v.maxLength(MAX_ORDER_COLUMNS + 1))),
  /** Only these columns, with the id and those that the query itself needs. */
  select: v.optional(v.array(nameSchema)),
})

export type Order = v.InferOutput<typeof orderSchema>
export type Query = v.InferOutput<typeof querySchema>
