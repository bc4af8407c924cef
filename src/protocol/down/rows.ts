import * as v from 'valibot'
import { recordIdSchema, seqSchema, smallNumberSchema } from '../id-schemas.ts'
import { valueSchema } from '../value-schema.ts'
import { unpackRows } from './packed-rows.ts'

export type { Part, Patch, ShortText } from './packed-rows.ts'

/** A changed record: its id, then column number and value in turn. */
export const patchSchema = v.tupleWithRest([recordIdSchema], valueSchema)

/** As it travels: patches first, because most parts have nothing else, and without empty lists at its end. */
export const partSchema = v.tuple([
  smallNumberSchema,
  v.array(patchSchema),
  v.optional(v.array(v.array(valueSchema))),
  v.optional(v.array(recordIdSchema)),
])

export const rowsSchema = v.pipe(
  v.tuple([v.literal('rows'), seqSchema, seqSchema, v.array(partSchema), v.optional(v.number())]),
  v.transform(unpackRows),
)
