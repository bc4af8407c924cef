import * as v from 'valibot'
import {
  clientIdSchema,
  editNumberSchema,
  epochSchema,
  nameSchema,
  recordIdSchema,
  seqSchema,
} from './id-schemas.ts'
import { MAX_DEADLINE_MS, MAX_OPS_PER_EDIT, MAX_VECTOR_ENTRIES } from './limits.ts'
import { textOpSchema } from './text-op.ts'
import { valueSchema } from './value-schema.ts'

/**
 * The log that an edit's author had seen when making it: the whole log of `epoch` up to `seq`, plus, per
 * other client, that client's edits up to n (edits that reached the author before the server
 * ordered them). The author's own earlier edits are seen and not listed; where it lists itself, it has not
 * seen those from n on, which another page made under the same client id.
 */
export const contextSchema = v.strictObject({
  epoch: epochSchema,
  seq: seqSchema,
  seen: v.optional(
    v.pipe(
      v.record(clientIdSchema, editNumberSchema),
      v.check(
        (seen) => Object.keys(seen).length <= MAX_VECTOR_ENTRIES,
        `at most ${MAX_VECTOR_ENTRIES} entries`,
      ),
    ),
  ),
})

export const setSchema = v.strictObject({ set: valueSchema })
export const addSchema = v.strictObject({ add: v.pipe(v.number(), v.finite()) })

/** The change of one field; which kinds are allowed follows from the field's merge policy. */
export const fieldOpSchema = v.union([
  setSchema,
  addSchema,
  /** Items that come into a set, and that leave it. */
  v.strictObject({
    items: v.strictObject({ add: v.optional(v.array(v.string())), remove: v.optional(v.array(v.string())) }),
  }),
  v.strictObject({ text: textOpSchema }),
])

const fieldsSchema = v.record(nameSchema, valueSchema)

/**
 * What an author had not been shown although the context covers it, because an unanswered edit of its
 * own stood in its place: by field, the seq up to which the author had seen it. `id` stands for the
 * record as a whole.
 */
const asOfSchema = v.optional(v.record(nameSchema, seqSchema))

export const insertSchema = v.strictObject({
  op: v.literal('insert'),
  collection: nameSchema,
  id: recordIdSchema,
  values: fieldsSchema,
  /** A record that is there gets the values instead, as an update of it; `blind` and `asOf` are of that. */
  upsert: v.optional(v.literal(true)),
  blind: v.optional(v.literal(true)),
  asOf: asOfSchema,
})

export const updateSchema = v.strictObject({
  op: v.literal('update'),
  collection: nameSchema,
  id: recordIdSchema,
  fields: v.record(nameSchema, fieldOpSchema),
  /** The author held no live copy of the record: the context says nothing about its fields. */
  blind: v.optional(v.literal(true)),
  asOf: asOfSchema,
})

export const deleteSchema = v.strictObject({
  op: v.literal('delete'),
  collection: nameSchema,
  id: recordIdSchema,
  blind: v.optional(v.literal(true)),
  asOf: asOfSchema,
})

/** Brings a deleted record back as it was when it was deleted, what its author may not see of it included. */
export const restoreSchema = v.strictObject({
  op: v.literal('restore'),
  collection: nameSchema,
  id: recordIdSchema,
})

export const opSchema = v.variant('op', [insertSchema, updateSchema, deleteSchema, restoreSchema])

/** Milliseconds that an edit may wait for Postgres. */
export const deadlineSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_DEADLINE_MS))

/** One or more operations that take effect together, numbered by their client. */
export const editSchema = v.strictObject({
  n: editNumberSchema,
  context: contextSchema,
  ops: v.pipe(v.array(opSchema), v.minLength(1), v.maxLength(MAX_OPS_PER_EDIT)),
  /** Postgres first: nobody sees the edit before Postgres has it. */
  durability: v.optional(v.literal('committed')),
  /** Milliseconds after which such an edit is refused, if Postgres does not have it by then. */
  deadlineMs: v.optional(deadlineSchema),
})

export type Context = v.InferOutput<typeof contextSchema>
export type FieldOp = v.InferOutput<typeof fieldOpSchema>
export type InsertOp = v.InferOutput<typeof insertSchema>
export type UpdateOp = v.InferOutput<typeof updateSchema>
export type DeleteOp = v.InferOutput<typeof deleteSchema>
export type RestoreOp = v.InferOutput<typeof restoreSchema>
export type Op = v.InferOutput<typeof opSchema>
export type Edit = v.InferOutput<typeof editSchema>
