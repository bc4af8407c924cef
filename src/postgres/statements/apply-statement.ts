import type { Change, External } from '../../core/log/log.ts'
import { type Batch, type SentEntry, UNDONE } from '../../core/outbox/batch.ts'
import { SQL_ACTOR } from '../../core/records/version-vector.ts'
import type { WireError } from '../../protocol/errors.ts'
import type { Row } from '../../protocol/value.ts'
import { netSteps } from './net-steps.ts'
import { type NamedTable, toSqlRow } from './sql-names.ts'
import type { Statement } from './statement.ts'

/** Looks up what Postgres calls a collection and its columns. */
export type TableOf = (collection: string) => NamedTable

/** The call of `tidemark.apply_batch` for a batch, in the names that Postgres knows. */
export function applyStatement(tenant: string, batch: Batch, cursor: string, tableOf: TableOf): Statement {
  const { epoch, after, upTo, entries: edits } = batch
  const steps = netSteps(batch.net, tableOf)
  const apart = edits.some(({ changes }) =>
    changes.some(({ collection }) => tableOf(collection).writes === 'each'),
  )
  return {
    text: 'SELECT tidemark.apply_batch($1, $2, $3, $4, $5, $6, $7, $8, $9) AS answer',
    params: [
      tenant,
      epoch,
      after,
      upTo,
      JSON.stringify(toLists(edits, tableOf)),
      toShapedLines(edits, tableOf),
      JSON.stringify(steps.map(({ rows: _, ...step }) => step)),
      // Without rows there is nothing to write set-wise, so the edits are applied one by one.
      apart ? null : toLines(steps, ({ rows }) => rows),
      cursor,
    ],
  }
}

/** A line of JSON for each item. JSON has no line breaks of its own. */
function toLines<Item>(items: readonly Item[], of: (item: Item) => object): string {
  return items.map((item) => JSON.stringify(of(item))).join('\n')
}

/** The changes of each edit in the form of `tidemark.lines_of`: by position, after a line of shapes. */
function toShapedLines(edits: readonly SentEntry[], tableOf: TableOf): string {
  if (edits.length === 0) return ''
  const shapes = new Listed<object>()
  const lines = toLines(edits, ({ changes }) =>
    changes.map((change) => toPositions(toSqlChange(change, tableOf), shapes)),
  )
  return `${JSON.stringify({ shapes: shapes.all })}\n${lines}`
}

/** A change without its names: those are in its shape, what it does to which columns of which table. */
function toPositions(
  { op, table, id, ...rows }: SqlChange | SqlExternal,
  shapes: Listed<object>,
): readonly unknown[] {
  const parts: Record<string, readonly string[]> = {}
  const values: (readonly unknown[])[] = []
  for (const [part, row] of Object.entries(rows)) {
    parts[part] = Object.keys(row)
    values.push(Object.values(row))
  }
  return [shapes.placeOf({ op, table, parts }), id, ...values]
}

/** What recurs in a batch: listed once, and named by its place from then on. */
class Listed<Item> {
  readonly all: Item[] = []
  readonly #places = new Map<string, number>()

  /** Counted from 0. */
  placeOf(item: Item): number {
    const text = JSON.stringify(item)
    const known = this.#places.get(text)
    if (known !== undefined) return known
    const place = this.all.push(item) - 1
    this.#places.set(text, place)
    return place
  }
}

/** The edits in the form of `tidemark.edits_of`: a list for each property, and what they share only once. */
function toLists(edits: readonly SentEntry[], tableOf: TableOf): object {
  const [first] = edits
  const since = first?.at ?? 0
  const authors = new Listed<readonly [actor: string, subject: string]>()
  return {
    first: first?.seq,
    since,
    // Postgres counts from 1.
    authors: edits.map(
      ({ actor, subject, external }) =>
        // The history has a proposal since Postgres took it: here passes only what the merge made of it.
        authors.placeOf([external ? SQL_ACTOR : actor, subject]) + 1,
    ),
    actors: authors.all.map(([actor]) => actor),
    subjects: authors.all.map(([, subject]) => subject),
    n: edits.map(({ seq, n, external }) => (external ? seq : n)),
    at: edits.map(({ at }) => at - since),
    ...toldLists(edits, tableOf),
    ...(edits.some(({ undone }) => undone) && { refused: edits.map(toSqlRefusal) }),
  }
}

/** What the history is told beside the changes of edits, by position as those are, and the shapes of it. */
function toldLists(edits: readonly SentEntry[], tableOf: TableOf): object {
  const shapes = new Listed<object>()
  const outside = edits.map((entry) => {
    const change = toSqlExternal(entry, tableOf)
    // An object around each: to Postgres a list of lists would be a table.
    return change && { by: toPositions(change, shapes) }
  })
  const told = edits.map(({ told: changes, actor, n }) => {
    if (!changes) return null
    const listed = changes.map((change) => toPositions(toSqlChange(change, tableOf), shapes))
    return { changes: listed, ...(actor !== SQL_ACTOR && { client: actor, n }) }
  })
  const isAny = (list: readonly unknown[]) => list.some((item) => item !== null)
  return {
    ...(isAny(outside) && { outside }),
    ...(isAny(told) && { told }),
    ...(shapes.all.length > 0 && { shapes: shapes.all }),
  }
}

/** The verdict on an edit that the object undid before it was sent, in the form of Postgres's own. */
function toSqlRefusal({ seq, undone }: SentEntry): object | null {
  return undone ? { seq, sqlState: UNDONE, message: undone.message, ...column(undone) } : null
}

function column({ ref }: WireError): object {
  return typeof ref === 'string' ? { column: ref } : {}
}

/** A change that somebody made in Postgres, for the audit history only. */
function toSqlExternal({ actor, external }: SentEntry, tableOf: TableOf): SqlExternal | null {
  const [change] = actor === SQL_ACTOR ? (external ?? []) : []
  if (!change) return null
  const { kind: op, collection, id, before, after } = change
  const table = tableOf(collection)
  return { op, table: table.name, id, before: toSqlRow(table, before), after: toSqlRow(table, after) }
}

type SqlChange = { readonly op: Change['kind']; readonly table: string; readonly id: string } & (
  | { readonly row: Row; readonly revives?: Row }
  | { readonly set: Row; readonly add: Row; readonly before: Row }
  | { readonly before: Row }
)

type SqlExternal = {
  readonly op: External['kind']
  readonly table: string
  readonly id: string
  readonly before: Row
  readonly after: Row
}

/** A change in the names that Postgres knows. */
export function toSqlChange(change: Change, tableOf: TableOf): SqlChange {
  const { kind: op, collection, id } = change
  const table = tableOf(collection)
  switch (op) {
    case 'insert':
      return {
        op,
        table: table.name,
        id,
        row: toSqlRow(table, change.after),
        // For the history: that the record had been there before, and was brought back.
        ...(change.revives && { revives: {} }),
      }
    case 'update': {
      const { before, after, adds = {} } = change
      const [set, add] = [toSqlRow(table, after, adds), toSqlRow(table, adds)]
      return { op, table: table.name, id, set, add, before: toSqlRow(table, before) }
    }
    case 'delete':
      return { op, table: table.name, id, before: toSqlRow(table, change.before) }
  }
}
