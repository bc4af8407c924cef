import * as v from 'valibot'
import { nameSchema, recordIdSchema } from './id-schemas.ts'

/** The ends of what is marked in a text field, in UTF-16 units; the same twice where nothing is. */
const offsetSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** A place where somebody can be: a record, in it a field, in that a cursor; or a name that the application makes up. */
export const placeSchema = v.union([
  v.string(),
  v.object({
    collection: nameSchema,
    id: recordIdSchema,
    field: v.optional(nameSchema),
    cursor: v.optional(v.tuple([offsetSchema, offsetSchema])),
  }),
])

/** A place that somebody wants to be told of: a record with all its fields, a whole collection, or a made-up one. */
export const followedSchema = v.union([
  v.string(),
  v.object({ collection: nameSchema, id: v.optional(recordIdSchema) }),
])

/** The places where a session is, and those of which it wants to be told who is there. */
export const presenceSchema = v.object({ at: v.array(placeSchema), of: v.array(followedSchema) })

export type Place = v.InferOutput<typeof placeSchema>
export type Followed = v.InferOutput<typeof followedSchema>
export type Presence = v.InferOutput<typeof presenceSchema>
