import * as v from 'valibot'
import { nameSchema } from './id-schemas.ts'
import { MAX_ORDER_COLUMNS, MAX_WINDOW } from './limits.ts'

/** The value that a column is compared with. */
export type Operand = string | number | boolean | null

/**
 * The choice of a collection's records: a tree of conditions as it travels. A comparison with null is false,
 * and `['=', column, null]` asks for null; so a condition is true or false, and `not` is the opposite.
 */
export type Filter =
  | readonly ['=' | '<' | '<=' | '>' | '>=', string, Operand]
  /** The column's value is one of these. */
  | readonly ['in', string, readonly Operand[]]
  /** A text begins with this. */
  | readonly ['prefix', string, string]
  /** A list contains this. */
  | readonly ['has', string, Operand]
  | readonly ['and' | 'or', readonly Filter[]]
  | readonly ['not', Filter]

const operandSchema = v.union(
  [v.string(), v.pipe(v.number(), v.finite()), v.boolean(), v.null()],
  'a condition compares with a text, a number, true, false or null',
)

const someFilter: v.GenericSchema<unknown, Filter> = v.lazy(() => filterSchema)

/** Its form. How large it may be is judged in its normal form, by `read-query.ts`. */
export const filterSchema: v.GenericSchema<unknown, Filter> = v.union(
  [
    v.strictTuple([v.picklist(['=', '<', '<=', '>', '>=']), nameSchema, operandSchema]),
    v.strictTuple([v.literal('in'), nameSchema, v.array(operandSchema)]),
    v.strictTuple([v.literal('prefix'), nameSchema, v.string()]),
    v.strictTuple([v.literal('has'), nameSchema, operandSchema]),
    v.strictTuple([v.picklist(['and', 'or']), v.array(someFilter)]),
    v.strictTuple([v.literal('not'), someFilter]),
  ],
  'a condition names an operator, a column and what to compare it with',
)

/** Columns to sort by, the first one first. Null comes before everything else; equal records are sorted by id. */
export const orderSchema = v.pipe(
  v.array(v.strictTuple([nameSchema, v.picklist(['asc', 'desc'])])),
  v.minLength(1, 'an order has a column'),
  v.maxLength(MAX_ORDER_COLUMNS, `an order has ${MAX_ORDER_COLUMNS} columns at most`),
)

/** The rows that a subscription shows. */
export const querySchema = v.strictObject({
  collection: nameSchema,
  where: v.optional(filterSchema),
  orderBy: v.optional(orderSchema),
  /** At most so many records: the first in the order, or by id where no order is given. */
  limit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_WINDOW))),
  /** Only what comes after this place in the order: the sorted columns' values, then the id. */
  after: v.optional(v.pipe(v.array(operandSchema), v.minLength(1), v.maxLength(MAX_ORDER_COLUMNS + 1))),
  /** Only these columns, with the id and those that the query itself needs. */
  select: v.optional(v.array(nameSchema)),
})

export type Order = v.InferOutput<typeof orderSchema>
export type Query = v.InferOutput<typeof querySchema>
