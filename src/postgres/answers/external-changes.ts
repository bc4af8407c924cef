import * as v from 'valibot'
import type { ExternalChange, ExternalChanges, ExternalEvent, RowEvent } from '../../core/external/events.ts'
import { fitLog } from '../../core/external/fit-log.ts'
import { standardRow } from '../../core/records/standard-row.ts'
import { sameValue } from '../../core/records/value.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { valueSchema } from '../../protocol/value-schema.ts'
import { SIZE } from '../statements/read-statements.ts'
import type { Registered } from '../statements/registered.ts'
import { fromJsonb } from './exact-value.ts'
import { whyUnfit } from './fit-row.ts'
import { readProposal, sqlProposalSchema } from './taken-proposal.ts'

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

/**
 * External changes in the application's names and forms. Tables and columns that are not registered
 * are left out, and so is a change of which then nothing remains. One that leaves in Postgres what cannot be
 * a record here says so.
 *
 * @param byTable what is registered, by the name of the table
 */
export function readExternal(
  byTable: ReadonlyMap<string, Registered>,
  { cursor, more, changes: sqlChanges }: SqlChanges,
): ExternalChanges {
  const known = sqlChanges.flatMap((change): ExternalEvent[] => {
    if (change.op === 'proposal') return [readProposal(byTable, change)]
    const registered = byTable.get(change.table)
    return registered ? [toExternalChange(registered, change)] : []
  })
  const changes = known
    .map((change) => (change.kind === 'update' ? withoutEqual(change) : change))
    .filter((change) => change.kind !== 'update' || Object.keys(change.after).length > 0)
  return { cursor, more, changes }
}

function toExternalChange(registered: Registered, change: SqlChange): ExternalChange {
  const { epoch, seen, by } = change
  return { ...fitLog(toRowEvent(registered, change)), epoch, seen, by }
}

function toRowEvent(registered: Registered, { op, id, ...change }: SqlChange): RowEvent {
  const { collection } = registered
  const place = { collection: collection.name, id }
  if (op === 'delete') {
    return { ...place, kind: op, before: toWholeRow(registered, change.before), after: {} }
  }
  const read = op === 'insert' ? toWholeRow : toRow
  const [before, after] = [
    op === 'insert' ? {} : toRow(registered, change.before),
    read(registered, change.after),
  ]
  const changed = collection.columns.filter(({ name }) => Object.hasOwn(after, name))
  const size = change.after[SIZE]
  const fault = whyUnfit(id, size === undefined ? after : { ...after, [SIZE]: size }, changed)
  if (!fault) return { ...place, kind: op, before, after }
  const names = Object.fromEntries(changed.map(({ name }) => [name, null]))
  return { ...place, ...fault, kind: 'aside', before: {}, after: names }
}

/** The registered columns among these. */
function toRow({ table, collection }: Registered, values: Row): Row {
  const columns = new Map(collection.columns.map((column) => [column.name, column]))
  return Object.fromEntries(
    table.columns.flatMap(({ name, sqlName, sqlType }) => {
      const [column, value] = [columns.get(name), values[sqlName]]
      return column === undefined || value === undefined ? [] : [[name, fromJsonb(column, sqlType, value)]]
    }),
  )
}

/** Columns that were added to the table since the change have what Postgres gave the rows there were. */
function toWholeRow(registered: Registered, values: Row): Row {
  return { ...standardRow(registered.collection), ...toRow(registered, values) }
}

/** Postgres keeps microseconds, and numbers in JSON that are longer: what is equal here did not change here. */
function withoutEqual<Changed extends ExternalChange>(change: Changed): Changed {
  const { before, after } = change
  const differs = ([name]: [string, Value]) => !sameValue(before[name], after[name])
  const keep = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(differs))
  return { ...change, before: keep(before), after: keep(after) }
}
