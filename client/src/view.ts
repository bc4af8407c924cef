import { ownFilter } from '../../src/core/query/view.ts'
import type { Page, Part } from '../../src/protocol/down.ts'
import type { WireError } from '../../src/protocol/errors.ts'
import type { Filter, Query } from '../../src/protocol/query.ts'
import type { Priority } from '../../src/protocol/up.ts'
import type { Value } from '../../src/protocol/value.ts'
import type { Place } from './pending-edit.ts'
import { keepIfSame, rowFromWire, SETTLED, type ShownRow, shownRow } from './rows.ts'

/** The server's rows of one query, and up to which place they are complete. */
export type Held = {
  readonly base: Place
  readonly rows: Map<string, ShownRow>
  /** What the rows are written in. */
  readonly columns: readonly string[]
  /** Proves to the server that it gave this client the view. */
  readonly seal: string
}

/** How a view stands on the current connection. */
export type Phase =
  /** Not asked for on this connection. */
  | { readonly is: 'idle' }
  /** Asked for; frames are ignored until the server has named the view. */
  | { readonly is: 'asked'; readonly subscription: number; readonly resuming: boolean }
  /** Named; rows or a snapshot will follow. */
  | ({ readonly is: 'named'; readonly resumed: boolean } & Named)
  /** Pages of a snapshot arrive. What changes meanwhile is kept for after it. */
  | ({
      readonly is: 'paging'
      readonly rows: ShownRow[]
      /** How many rows the snapshot has. */
      readonly total: number
      readonly later: Part[]
    } & Named)
  | ({ readonly is: 'live' } & Named)
  /** It gave way to others; the server brings it back by itself. */
  | { readonly is: 'evicted'; readonly subscription: number }
  /** The server will not serve it. */
  | { readonly is: 'refused'; readonly error: WireError }

/** A view as the server names it. */
export type Named = {
  readonly subscription: number
  readonly view: number
  readonly columns: readonly string[]
  readonly seal: string
}

/** What one query shows. */
export type View = {
  readonly query: Query
  readonly priority: Priority
  readonly collection: string
  /** What the query asks of a record, for the own edits that the server does not know yet. */
  readonly filter: Filter
  phase: Phase
  held: Held | undefined
  /** What is shown: the held rows with the own edits they lack. */
  readonly shown: Map<string, ShownRow>
}

export function newView(query: Query, priority: Priority): View {
  const { collection } = query
  return {
    query,
    priority,
    collection,
    filter: ownFilter(query),
    phase: { is: 'idle' },
    held: undefined,
    shown: new Map(),
  }
}

/** Does a query show all records of its collection that its author may see? */
export function isWhole({ where, limit, after }: Query): boolean {
  return where === undefined && limit === undefined && after === undefined
}

/** Applies what an interval changed. Returns the ids it touched. */
export function applyPart(rows: Map<string, ShownRow>, columns: readonly string[], part: Part): string[] {
  const [, puts, patches, leaves] = part
  const touched: string[] = []
  for (const values of puts) {
    const row = rowFromWire(columns, values)
    touched.push(put(rows, row))
  }
  for (const [id, ...numbered] of patches) {
    const row = rows.get(id)
    if (row) touched.push(put(rows, shownRow({ ...row, ...patchValues(columns, numbered) }, SETTLED)))
  }
  for (const id of leaves) {
    rows.delete(id)
    touched.push(id)
  }
  return touched
}

/** The rows of a snapshot, with those that did not change still the same objects. */
export function applySnapshot(
  previous: ReadonlyMap<string, ShownRow> | undefined,
  rows: readonly ShownRow[],
): Map<string, ShownRow> {
  const held = new Map<string, ShownRow>()
  for (const row of rows) held.set(idOf(row), keepIfSame(previous?.get(idOf(row)), row))
  return held
}

export function pageRows(columns: readonly string[], page: Page): ShownRow[] {
  return page.rows.map((values) => rowFromWire(columns, values))
}

function put(rows: Map<string, ShownRow>, row: ShownRow): string {
  const id = idOf(row)
  rows.set(id, keepIfSame(rows.get(id), row))
  return id
}

function patchValues(columns: readonly string[], numbered: readonly Value[]): Record<string, Value> {
  const values: Record<string, Value> = {}
  for (let i = 0; i + 1 < numbered.length; i += 2) {
    const column = columns[Number(numbered[i])]
    if (column !== undefined) values[column] = numbered[i + 1] ?? null
  }
  return values
}

function idOf(row: ShownRow): string {
  return String(row['id'])
}
