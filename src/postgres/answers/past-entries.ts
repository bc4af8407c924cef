import * as v from 'valibot'
import type { StoredEntry, StoredPage } from '../../core/history/history-port.ts'
import type { PastChange } from '../../protocol/history.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { valueSchema } from '../../protocol/value-schema.ts'
import type { Registered } from '../statements/registered.ts'

const seq = v.pipe(v.number(), v.safeInteger())
const rowSchema: v.GenericSchema<unknown, Row> = v.record(v.string(), valueSchema)
const place = { table: v.string(), id: v.string() }

const sqlChangeSchema = v.variant('op', [
  v.object({ op: v.literal('insert'), ...place, row: rowSchema, revives: v.optional(rowSchema) }),
  v.object({
    op: v.literal('update'),
    ...place,
    set: rowSchema,
    add: v.record(v.string(), v.number()),
    before: rowSchema,
  }),
  v.object({ op: v.literal('delete'), ...place, before: rowSchema }),
])

const sqlOutsideSchema = v.object({
  op: v.picklist(['insert', 'update', 'delete', 'aside']),
  ...place,
  before: rowSchema,
  after: rowSchema,
})

const refusalSchema = v.object({
  seq,
  sqlState: v.string(),
  column: v.exactOptional(v.string()),
  message: v.string(),
})

const sqlEntrySchema = v.object({
  seq,
  actor: v.string(),
  n: seq,
  subject: v.string(),
  at: v.number(),
  changes: v.array(sqlChangeSchema),
  told: v.nullable(v.array(sqlChangeSchema)),
  outside: v.nullable(sqlOutsideSchema),
  refused: v.nullable(refusalSchema),
})

export const sqlHistorySchema = v.object({
  epoch: v.string(),
  applied: seq,
  entries: v.array(v.object({ epoch: v.string(), is: sqlEntrySchema })),
  more: v.boolean(),
})

export const sqlEditSchema = v.object({ entry: v.nullable(sqlEntrySchema) })

type SqlChange = v.InferOutput<typeof sqlChangeSchema>
type SqlOutside = v.InferOutput<typeof sqlOutsideSchema>
type ByTable = ReadonlyMap<string, Registered>

/** A page of the history in the application's names. */
export function readHistory(
  byTable: ByTable,
  { entries, ...page }: v.InferOutput<typeof sqlHistorySchema>,
): StoredPage {
  return { ...page, entries: entries.map(({ epoch, is }) => readEntry(byTable, epoch, is)) }
}

/** An entry of the history likewise. What is not registered any more is left out. */
export function readEntry(
  byTable: ByTable,
  epoch: string,
  { changes, told, outside, refused, ...entry }: v.InferOutput<typeof sqlEntrySchema>,
): StoredEntry {
  const made = told ?? (outside ? [] : changes)
  const came = made.flatMap((change) => toPastChange(byTable, change) ?? [])
  const external = told || !outside ? undefined : toExternalChange(byTable, outside)
  return {
    ...entry,
    epoch,
    committed: true,
    changes: external ? [external] : came,
    ...(refused && { refusal: refused }),
  }
}

function toPastChange(byTable: ByTable, change: SqlChange): PastChange | undefined {
  const registered = byTable.get(change.table)
  if (!registered) return undefined
  const at = { collection: registered.collection.name, id: change.id }
  switch (change.op) {
    case 'insert':
      return {
        ...at,
        kind: change.revives ? 'restore' : 'insert',
        from: {},
        to: named(registered, change.row),
      }
    case 'delete':
      return { ...at, kind: 'delete', from: named(registered, change.before), to: {} }
    case 'update': {
      const { set, add, before } = change
      const moved = Object.entries(add).map(([name, by]): [string, Value] => [name, sum(before[name], by)])
      const deltas = named(registered, add)
      const to = named(registered, { ...set, ...Object.fromEntries(moved) })
      const isMoved = Object.keys(deltas).length > 0
      return { ...at, kind: 'update', from: named(registered, before), to, ...(isMoved && { deltas }) }
    }
  }
}

/** A column that was empty counts from nothing. */
function sum(before: Value | undefined, by: number): number {
  return (typeof before === 'number' ? before : 0) + by
}

function toExternalChange(
  byTable: ByTable,
  { op, table, id, before, after }: SqlOutside,
): PastChange | undefined {
  const registered = byTable.get(table)
  if (!registered || op === 'aside') return undefined
  const [from, to] = [named(registered, before), named(registered, after)]
  return { kind: op, collection: registered.collection.name, id, from, to }
}

function named<Item extends Value>(
  { table }: Registered,
  row: Readonly<Record<string, Item>>,
): Record<string, Item> {
  return Object.fromEntries(
    table.columns.flatMap(({ name, sqlName }): [string, Item][] => {
      const value = row[sqlName]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
