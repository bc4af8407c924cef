import * as v from 'valibot'
import type { Attempt, OutsideChange, OutsideChanges } from '../core/batch.ts'
import type { Collection } from '../protocol/manifest.ts'
import { type Row, type Value, valueSchema } from '../protocol/value.ts'
import type { SqlTable } from './describe-table.ts'
import { fromJsonb, inexact } from './exact-value.ts'

const jsonRowSchema = v.record(v.string(), valueSchema)

/** A change as `tidemark.read_changes` gives it: in the names and forms of Postgres. */
const sqlChangeSchema = v.object({
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
  changes: v.array(sqlChangeSchema),
})

type SqlChange = v.InferOutput<typeof sqlChangeSchema>
type SqlChanges = v.InferOutput<typeof sqlChangesSchema>

/** A synced table with the collection made of it. */
export type Registered = { readonly table: SqlTable; readonly collection: Collection }

/**
 * Outside changes in the application's names and forms. Tables and columns that are not registered
 * are left out, and so is a change of which then nothing remains. A value that has no exact form
 * here is a structural failure, as it is in a page.
 *
 * @param byTable what is registered, by the name of the table
 */
export function readOutside(
  byTable: ReadonlyMap<string, Registered>,
  { cursor, more, changes: sqlChanges }: SqlChanges,
): Attempt<OutsideChanges> {
  const changes: OutsideChange[] = []
  for (const sqlChange of sqlChanges) {
    const registered = byTable.get(sqlChange.table)
    if (!registered) continue
    const change = toOutsideChange(registered, sqlChange)
    if (change.kind === 'update' && Object.keys(change.after).length === 0) continue
    for (const column of registered.collection.columns) {
      const misfit = [change.before, change.after]
        .map((row) => inexact(column, row[column.name] ?? null))
        .find((found) => found !== undefined)
      if (!misfit) continue
      const message = `${change.collection} "${change.id}" cannot be read: ${misfit.message}`
      return { ok: false, failure: 'structural', message }
    }
    changes.push(change)
  }
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
    case 'update': {
      const [before, after] = [toRow(registered, change.before), toRow(registered, change.after)]
      // Postgres keeps microseconds: what differs only there does not differ here.
      const differs = ([name]: [string, Value]) =>
        JSON.stringify(before[name]) !== JSON.stringify(after[name])
      const [old, young] = [before, after].map((row) =>
        Object.fromEntries(Object.entries(row).filter(differs)),
      )
      return { ...place, before: old ?? {}, after: young ?? {} }
    }
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
  const standards = registered.collection.columns.map(({ name, default: standard = null }) => [
    name,
    standard,
  ])
  return { ...Object.fromEntries(standards), ...toRow(registered, values) }
}
