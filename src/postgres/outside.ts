import * as v from 'valibot'
import type { Attempt, OutsideChange, OutsideChanges, OutsideEvent } from '../core/batch.ts'
import type { Collection } from '../protocol/manifest.ts'
import { type Row, type Value, valueSchema } from '../protocol/value.ts'
import type { SqlTable } from './describe-table.ts'
import { fromJsonb } from './exact-value.ts'
import { mendInexact } from './mend-inexact.ts'
import { readProposal, sqlProposalSchema, standardRow } from './proposal.ts'

const jsonRowSchema = v.record(v.string(), valueSchema)

/** A change as `tidemark.read_changes` gives it: in the names and forms of Postgres. */
const sqlRowChangeSchema = v.object({
  op: v.picklist(['insert', 'update', 'delete']),
  table: v.string(),
  id: v.string(),
  before: jsonRowSchema,
  after: jsonRowSchema,
  epoch: v.string(),
  seen: v.pipe(v.number(), v.safeInteger()),
  by: v.string(),
})

export const sqlChangesSchema = v.object({
  cursor: v.string(),
  more: v.boolean(),
  changes: v.array(v.variant('op', [sqlRowChangeSchema, sqlProposalSchema])),
})

type SqlChange = v.InferOutput<typeof sqlRowChangeSchema>
type SqlChanges = v.InferOutput<typeof sqlChangesSchema>

/** A synced table with the collection made of it. */
export type Registered = { readonly table: SqlTable; readonly collection: Collection }

/**
 * Outside changes in the application's names and forms. Tables and columns that are not registered
 * are left out, and so is a change of which then nothing remains. A value that has no exact form
 * here is a structural failure, as it is in a page, until somebody mends it in the table.
 *
 * @param byTable what is registered, by the name of the table
 */
export function readOutside(
  byTable: ReadonlyMap<string, Registered>,
  { cursor, more, changes: sqlChanges }: SqlChanges,
): Attempt<OutsideChanges> {
  const columns = new Map(
    [...byTable.values()].map(({ collection }) => [collection.name, collection.columns]),
  )
  const known = sqlChanges.flatMap((change): OutsideEvent[] => {
    if (change.op === 'proposal') return [readProposal(byTable, change)]
    const registered = byTable.get(change.table)
    return registered ? [toOutsideChange(registered, change)] : []
  })
  const mended = mendInexact(known, (collection) => columns.get(collection) ?? [])
  if ('standing' in mended) {
    const { change, misfit } = mended.standing
    const message = `${change.collection} "${change.id}" cannot be read: ${misfit.message}`
    return { ok: false, failure: 'structural', message }
  }
  const changes = mended.changes
    .map((change) => (change.kind === 'update' ? withoutEqual(change) : change))
    .filter((change) => change.kind !== 'update' || Object.keys(change.after).length > 0)
  return { ok: true, value: { cursor, more, changes } }
}

function toOutsideChange(registered: Registered, change: SqlChange): OutsideChange {
  const { op, id, epoch, seen, by } = change
  const place = { kind: op, collection: registered.collection.name, id, epoch, seen, by }
  switch (op) {
    case 'insert':
      return { ...place, before: {}, after: toWholeRow(registered, change.after) }
    case 'delete':
      return { ...place, before: toWholeRow(registered, change.before), after: {} }
    case 'update':
      return { ...place, before: toRow(registered, change.before), after: toRow(registered, change.after) }
  }
}

/** The registered columns among these. */
function toRow({ table, collection }: Registered, values: Row): Row {
  const types = new Map(collection.columns.map(({ name, type }) => [name, type]))
  return Object.fromEntries(
    table.columns.flatMap(({ name, sqlName }) => {
      const [type, value] = [types.get(name), values[sqlName]]
      return type === undefined || value === undefined ? [] : [[name, fromJsonb(type, value)]]
    }),
  )
}

/** Columns that were added to the table since the change have what Postgres gave the rows there were. */
function toWholeRow(registered: Registered, values: Row): Row {
  return { ...standardRow(registered.collection), ...toRow(registered, values) }
}

/** Postgres keeps microseconds, and a mended value changed twice: what is equal here did not change here. */
function withoutEqual(change: OutsideChange): OutsideChange {
  const { before, after } = change
  const differs = ([name]: [string, Value]) => JSON.stringify(before[name]) !== JSON.stringify(after[name])
  const keep = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(differs))
  return { ...change, before: keep(before), after: keep(after) }
}
