import * as v from 'valibot'
import { COLUMN_TYPES } from './column-types.ts'
import { deadlineSchema } from './edit.ts'
import { nameSchema } from './id-schemas.ts'
import type { Value } from './value.ts'
import { valueSchema } from './value-schema.ts'

/** The type of a column. */
export const columnTypeSchema = v.picklist(COLUMN_TYPES)

/**
 * The policy by which concurrent edits of one field meet. `effect` wraps another policy: only effects write the
 * field, and their writes merge by the inner policy.
 */
export const policySchema = v.variant('kind', [
  v.object({ kind: v.literal('lww') }),
  v.object({ kind: v.literal('counter') }),
  v.object({ kind: v.literal('immutable') }),
  v.object({ kind: v.literal('states'), transitions: v.record(v.string(), v.array(v.string())) }),
  v.object({ kind: v.literal('max') }),
  v.object({ kind: v.literal('min') }),
  v.object({ kind: v.literal('set') }),
  v.object({ kind: v.literal('ask') }),
  /** By a function of the application, which the server alone has. */
  v.object({ kind: v.literal('merge') }),
  v.object({ kind: v.literal('text') }),
  v.object({ kind: v.literal('effect'), of: v.picklist(['lww', 'counter', 'max', 'min']) }),
])

export const columnSchema = v.object({
  name: nameSchema,
  type: columnTypeSchema,
  nullable: v.boolean(),
  /** Absent: an insert has to give a value, unless the column is nullable. */
  default: v.optional(valueSchema),
  /** The values a text column is limited to. */
  values: v.optional(v.array(v.string())),
  policy: policySchema,
})

export const collectionSchema = v.object({
  name: nameSchema,
  columns: v.array(columnSchema),
  insertOnly: v.boolean(),
  /** Who wins when a record is deleted and changed concurrently. */
  deletes: v.picklist(['win', 'lose']),
  /** Edits of its records are Postgres first. */
  durability: v.optional(v.literal('committed')),
  /** As of an edit, for edits that name none. */
  deadlineMs: v.optional(deadlineSchema),
})

/** The application's schema, as far as a client has to know it at run time. Sent in the handshake. */
export const manifestSchema = v.object({
  hash: v.string(),
  collections: v.array(collectionSchema),
})

export type ColumnType = v.InferOutput<typeof columnTypeSchema>
export type Policy = v.InferOutput<typeof policySchema>

/**
 * The form that a value of a column's type has to have besides, where the column in Postgres holds less than the type.
 * Clients are not told: the object refuses what has another.
 */
export type ColumnForm = {
  /** Stands after "must be", and names the form: those that say the same are the same. */
  readonly says: string
  /** A text whose order is not that of its values: it is compared for being equal alone. */
  readonly unordered?: true
  /** Gives what it says for a value of another form. Absent from a manifest that was stored. */
  readonly wants?: (value: Value) => string | undefined
}

export type Column = v.InferOutput<typeof columnSchema> & { form?: ColumnForm }
export type Collection = Omit<v.InferOutput<typeof collectionSchema>, 'columns'> & { columns: Column[] }
/** The same without what clients are not told. */
export type ToldManifest = v.InferOutput<typeof manifestSchema>
export type Manifest = { hash: string; collections: Collection[] }
