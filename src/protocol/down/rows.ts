import * as v from 'valibot'
import { recordIdSchema, seqSchema, smallNumberSchema } from '../ids.ts'
import { type Value, valueSchema } from '../value.ts'

/** A changed record: id, then column number and value in turn. */
export const patchSchema = v.tupleWithRest([recordIdSchema], valueSchema)

/** The changes of one view: whole rows, patches, ids that left. */
export type Part = readonly [view: number, puts: Value[][], patches: Patch[], leaves: string[]]

/** As it travels: patches first, because most parts have nothing else, and without empty lists at its end. */
const partSchema = v.tuple([
  smallNumberSchema,
  v.array(patchSchema),
  v.optional(v.array(v.array(valueSchema))),
  v.optional(v.array(recordIdSchema)),
])

type PackedPart = v.InferOutput<typeof partSchema>

/**
 * The changes of the interval (from, to] in the session's views, each record once at its last state.
 * Applied only when `from` is the client's cursor; anything else is a lost frame. It travels with its length in
 * the place of `to`.
 */
export type Rows = readonly ['rows', from: number, to: number, parts: readonly Part[]]

export const rowsSchema = v.pipe(
  v.tuple([v.literal('rows'), seqSchema, seqSchema, v.array(partSchema)]),
  v.transform(unpackRows),
)

function unpackRows([kind, from, length, packed]: ['rows', number, number, PackedPart[]]): Rows {
  const parts = packed.map(([view, patches, puts = [], leaves = []]): Part => [view, puts, patches, leaves])
  return [kind, from, from + length, parts]
}

/** An interval as it travels. */
export function packRows([kind, from, to, parts]: Rows): unknown[] {
  return [kind, from, to - from, parts.map(packPart)]
}

function packPart([view, puts, patches, leaves]: Part): unknown[] {
  if (leaves.length > 0) return [view, patches, puts, leaves]
  return puts.length > 0 ? [view, patches, puts] : [view, patches]
}

export type Patch = v.InferOutput<typeof patchSchema>
