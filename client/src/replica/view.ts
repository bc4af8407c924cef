import type { Page } from '../../../src/protocol/down/page.ts'
import type { Part } from '../../../src/protocol/down/rows.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { Filter, Query } from '../../../src/protocol/query.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import type { LogPosition } from '../queue/pending-edit.ts'
import { keepIfSame } from './rows.ts'
import { rowFromWire, SETTLED, type ShownRow, shownRow } from './shown-row.ts'

/** The server's rows of one query, and up to which place they are complete. */
export type Held = {
  readonly base: LogPosition
  readonly rows: Map<string, ShownRow>
  /** What the rows are written in. */
  readonly columns: readonly string[]
  /** Proves to the server that it gave this client the view. */
  readonly resumeToken: string
}

/** Rows of an earlier visit, which the disk has. */
export type Shelf = {
  /** Those of a query; `mayShow` is false where the server has to confirm them first. */
  take(key: string): { readonly held: Held; readonly mayShow: boolean } | undefined
}

/** The state of a view on the current connection. */
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
      readonly rows: Map<string, ShownRow>
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
  readonly resumeToken: string
}

/** The view of one query: the rows that are held, and others in the place of some. */
export type View = {
  readonly key: string
  readonly query: Query
  readonly priority: Priority
  readonly collection: string
  /** What the query asks of a record, for the own edits that the server does not know yet; made when it is needed. */
  filter?: Filter
  phase: Phase
  held: Held | undefined
  /** Rows of an earlier visit that are shown once the server has confirmed them. */
  unproven: Held | undefined
  /** Records with own edits, as they are shown instead of their rows; `undefined` where nothing is shown. */
  readonly instead: Map<string, ShownRow | undefined>
}

export function newView(key: string, query: Query, priority: Priority): View {
  const { collection } = query
  return {
    key,
    query,
    priority,
    collection,
    phase: { is: 'idle' },
    held: undefined,
    unproven: undefined,
    instead: new Map(),
  }
}

/** A record as the view shows it. */
export function shownIn({ held, instead }: View, id: string): ShownRow | undefined {
  return instead.has(id) ? instead.get(id) : held?.rows.get(id)
}

/** All that the view shows, in no order. */
export function allShownIn({ held, instead }: View): ShownRow[] {
  const rows: ShownRow[] = []
  for (const [id, row] of held?.rows ?? []) if (!instead.has(id)) rows.push(row)
  for (const row of instead.values()) if (row) rows.push(row)
  return rows
}

/** Does a query show all records of its collection that its author may see? */
export function isWhole({ where, limit, after }: Query): boolean {
  return where === undefined && limit === undefined && after === undefined
}

/** Applies what an interval changed. `touch` is called with each id before its row changes. */
export function applyPart(
  rows: Map<string, ShownRow>,
  columns: readonly string[],
  [, puts, patches, leaves]: Part,
  touch: (id: string) => void = () => {},
): void {
  const put = (row: ShownRow) => {
    const id = idOf(row)
    touch(id)
    rows.set(id, keepIfSame(rows.get(id), row))
  }
  for (const values of puts) put(rowFromWire(columns, values))
  for (const [id, ...numbered] of patches) {
    const row = rows.get(id)
    if (row) put(shownRow({ ...row, ...patchValues(columns, numbered, row) }, SETTLED))
  }
  for (const id of leaves) {
    touch(id)
    rows.delete(id)
  }
}

/** Adds the rows of a page. Those that did not change stay the same objects as in `previous`. */
export function addPage(
  rows: Map<string, ShownRow>,
  page: Page,
  columns: readonly string[],
  previous: ReadonlyMap<string, ShownRow> | undefined,
): void {
  for (const values of page.rows) {
    const row = rowFromWire(columns, values)
    const id = idOf(row)
    rows.set(id, keepIfSame(previous?.get(id), row))
  }
}

function patchValues(
  columns: readonly string[],
  numbered: readonly Value[],
  row: Row,
): Record<string, Value> {
  const values: Record<string, Value> = {}
  for (let i = 0; i + 1 < numbered.length; i += 2) {
    const number = Number(numbered[i])
    const value = numbered[i + 1] ?? null
    const isChange = number < 0
    const column = columns[isChange ? ~number : number]
    if (column !== undefined) values[column] = isChange ? changedText(row[column], value) : value
  }
  return values
}

/** A text of which little changed. */
function changedText(held: Value | undefined, change: Value): Value {
  const [at, deleted, inserted] = Array.isArray(change) ? change : []
  const text = String(held)
  return text.slice(0, at) + inserted + text.slice(at + deleted)
}

function idOf(row: ShownRow): string {
  return String(row['id'])
}
