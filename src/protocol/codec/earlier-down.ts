import * as v from 'valibot'
import { type Down, downSchemas } from '../down/down.ts'
import { unpackRows } from '../down/packed-rows.ts'
import { partSchema } from '../down/rows.ts'
import { welcomeSchema } from '../down/welcome.ts'
import { epochSchema, nameSchema, seqSchema, smallNumberSchema } from '../id-schemas.ts'
import { collectionSchema, columnSchema, manifestSchema } from '../manifest.ts'
import type { SchemasOf } from './decoded.ts'

/**
 * The frames of servers that speak an earlier version, as schemas: what `earlier.ts` makes of a frame of today, and
 * what clients, which read by hand, are held against. Apart from it, because nothing that is deployed needs them.
 */
/** Schemas for the frames of a server that speaks a version. */
export function downSchemasOf(version: number): SchemasOf<Down> {
  if (version === 6) return downSchemas6
  return version === 7 ? downSchemas7 : downSchemas
}

const view6 = v.tuple([
  v.literal('view'),
  v.object({
    subscription: smallNumberSchema,
    view: smallNumberSchema,
    columns: v.array(nameSchema),
    seal: v.string(),
    resumed: v.optional(v.literal(true)),
  }),
])

const invalidate6 = v.tuple([
  v.literal('invalidate'),
  v.object({ epoch: epochSchema, seq: seqSchema, tags: v.array(v.string()) }),
])

const [kindWord, { entries: welcomed8 }] = welcomeSchema.items

/** Until version 7 a client was told nothing of the server's clock, and told nothing that it had measured. */
const { now: _now, ...welcomed } = welcomed8

const welcome7 = v.tuple([kindWord, v.object(welcomed)])

const rowsAsTheyWere = v.pipe(
  v.tuple([v.literal('rows'), seqSchema, seqSchema, v.array(partSchema)]),
  v.transform((rows) => unpackRows([...rows, undefined])),
)

const rows7 = v.pipe(
  rowsAsTheyWere,
  v.transform((rows): Down => rows),
)

const downSchemas7 = { ...downSchemas, welcome: welcome7, rows: rows7 }

const policy6 = v.variant('kind', [
  v.object({ kind: v.literal('lww') }),
  v.object({ kind: v.literal('counter') }),
  v.object({ kind: v.literal('immutable') }),
  v.object({ kind: v.literal('states'), transitions: v.record(v.string(), v.array(v.string())) }),
  v.object({ kind: v.literal('effect'), of: v.picklist(['lww', 'counter']) }),
])

export type Policy6 = v.InferOutput<typeof policy6>

const column6 = v.object({ ...columnSchema.entries, policy: policy6 })

const collection6 = v.object({ ...collectionSchema.entries, columns: v.array(column6) })

const welcome6 = v.tuple([
  kindWord,
  v.object({
    ...welcomed,
    manifest: v.optional(v.object({ ...manifestSchema.entries, collections: v.array(collection6) })),
  }),
])

/** A client of version 6 says no presence and asks for no text, and so is told none. */
const { peers: _peers, text: _text, ...downSchemasBut } = downSchemas7

const downSchemas6 = {
  ...downSchemasBut,
  welcome: welcome6,
  invalidate: invalidate6,
  view: v.pipe(
    view6,
    v.transform(([kind, { seal, ...view }]): Down => [kind, { ...view, resumeToken: seal }]),
  ),
}
