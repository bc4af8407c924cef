import * as v from 'valibot'
import type { ExternalRowChange, TakenProposal } from '../../core/external/events.ts'
import type { Conflict } from '../../core/log/log.ts'
import { standardRow } from '../../core/records/standard-row.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { valueSchema } from '../../protocol/value-schema.ts'
import type { Registered } from '../statements/registered.ts'

const rowSchema = v.record(v.string(), valueSchema)
const place = { table: v.string(), id: v.string() }
const sideSchema = v.object({ actor: v.string(), n: v.number(), value: valueSchema })

const conflictSchema: v.GenericSchema<unknown, Conflict> = v.object({
  seq: v.number(),
  collection: v.string(),
  id: v.string(),
  field: v.exactOptional(v.string()),
  policy: v.string(),
  winner: sideSchema,
  loser: sideSchema,
  base: v.exactOptional(valueSchema),
  result: v.exactOptional(valueSchema),
})

const sqlChangeSchema = v.variant('op', [
  v.object({ op: v.literal('insert'), ...place, row: rowSchema }),
  v.object({
    op: v.literal('update'),
    ...place,
    set: rowSchema,
    add: v.record(v.string(), v.number()),
    before: rowSchema,
  }),
  v.object({ op: v.literal('delete'), ...place, before: rowSchema }),
])

/** A proposal among the external changes: the edit as it was asked for, in the names of Postgres. */
export const sqlProposalSchema = v.object({
  op: v.literal('proposal'),
  after: v.object({
    actor: v.string(),
    n: v.number(),
    changes: v.array(sqlChangeSchema),
    conflicts: v.array(conflictSchema),
  }),
  epoch: v.string(),
  seen: v.pipe(v.number(), v.safeInteger()),
  by: v.string(),
})

/** A taken proposal in the application's names. What is not registered any more is left out. */
export function readProposal(
  byTable: ReadonlyMap<string, Registered>,
  { after, epoch, seen, by }: v.InferOutput<typeof sqlProposalSchema>,
): TakenProposal {
  const { actor: client, n, conflicts } = after
  const changes = after.changes.flatMap((change) => {
    const registered = byTable.get(change.table)
    return registered ? [readChange(registered, change)] : []
  })
  return { kind: 'proposal', client, n, changes, conflicts, epoch, seen, by }
}

function readChange(
  { table, collection }: Registered,
  change: v.InferOutput<typeof sqlChangeSchema>,
): ExternalRowChange {
  const named = (row: Row): Row =>
    Object.fromEntries(
      table.columns.flatMap(({ name, sqlName }): [string, Value][] => {
        const value = row[sqlName]
        return value === undefined ? [] : [[name, value]]
      }),
    )
  const where = { kind: change.op, collection: collection.name, id: change.id }
  switch (change.op) {
    case 'insert':
      return { ...where, before: {}, after: { ...standardRow(collection), ...named(change.row) } }
    case 'update':
      return { ...where, before: named(change.before), after: named({ ...change.set, ...moved(change) }) }
    case 'delete':
      return { ...where, before: { ...standardRow(collection), ...named(change.before) }, after: {} }
  }
}

function moved({ before, add }: { before: Row; add: Readonly<Record<string, number>> }): Row {
  return Object.fromEntries(Object.entries(add).map(([name, by]) => [name, Number(before[name] ?? 0) + by]))
}
