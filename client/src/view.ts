import type { Page, Part } from '../../src/protocol/down.ts'
import type { WireError } from '../../src/protocol/errors.ts'
import type { Value } from '../../src/protocol/value.ts'
import type { Place } from './pending-edit.ts'
import { keepIfSame, rowFromWire, SETTLED, type ShownRow, shownRow } from './rows.ts'

/** The server's rows of one collection, and up to which place they are complete. */
export type Held = { readonly base: Place; readonly rows: Map<string, ShownRow> }

/** How a view stands on the current connection. */
export type Phase =
  /** Not asked for on this connection. */
  | { readonly is: 'idle' }
  /** Asked for; frames are ignored until the server has named the view. */
  | { readonly is: 'asked'; readonly subscription: number; readonly resuming: boolean }
  /** Named; rows or a snapshot will follow. */
  | ({ readonly is: 'named' } & Named)
  /** Pages of a snapshot arrive. What changes meanwhile is kept for after it. */
  | ({ readonly is: 'paging'; readonly rows: ShownRow[]; readonly later: Part[] } & Named)
  | ({ readonly is: 'live' } & Named)
  /** The server will not serve it. */
  | { readonly is: 'refused'; readonly error: WireError }

type Named = { readonly subscription: number; readonly view: number; readonly columns: readonly string[] }

/** One collection as a live query holds it. */
export type View = {
  readonly collection: string
  phase: Phase
  held: Held | undefined
  /** What is shown: the held rows with the own edits they lack. */
  readonly shown: Map<string, ShownRow>
}

export function newView(collection: string): View {
  return { collection, phase: { is: 'idle' }, held: undefined, shown: new Map() }
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
