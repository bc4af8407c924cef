import type { Collection } from '../protocol/manifest.ts'
import type { Row, Value } from '../protocol/value.ts'
import type { OutsideChange } from './batch.ts'
import type { LogEntry } from './log.ts'
import { recordKey } from './record.ts'
import { sameValue } from './value.ts'

/** In whose name the log says what a comparison found: nobody knows who made the change. */
export const COMPARISON = 'comparison'

/**
 * A row as one text, the same bytes that Postgres makes of an equal row with `row_to_json`. A number
 * may be written in two ways; equal rows with different texts are only looked at once more.
 */
export function rowText(collection: Collection, row: Row): string {
  const fields = collection.columns.map(({ name, type }) => {
    const value = row[name] ?? null
    return `${JSON.stringify(name)}:${type === 'json' ? jsonbText(value) : JSON.stringify(value)}`
  })
  return `{${fields.join(',')}}`
}

/** JSON as `jsonb` writes it: shorter keys first, and a space after each comma and colon. */
function jsonbText(value: Value): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (isList(value)) return `[${value.map(jsonbText).join(', ')}]`
  const entries = Object.entries(value).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${jsonbText(item)}`).join(', ')}}`
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

/** The records that entries touch, as keys of `recordKey`. */
export function touchedRecords(entries: Iterable<LogEntry>): Set<string> {
  const touched = new Set<string>()
  for (const { changes, outside = [], repairs = [] } of entries) {
    for (const { collection, id } of [...changes, ...repairs, ...outside])
      touched.add(recordKey(collection, id))
  }
  return touched
}

/**
 * What somebody changed in a range of Postgres without a trace: what turns the rows that the object
 * holds there into those that Postgres holds. Both must stand at the same ledger and cursor.
 *
 * @param touched records of which Postgres does not know everything yet: they are left out
 * @returns the changes, and whether a record that was left out differs
 */
export function untracedChanges(
  collection: Collection,
  held: readonly Row[],
  range: { readonly epoch: string; readonly applied: number; readonly rows: readonly Row[] },
  touched: ReadonlySet<string>,
): { readonly changes: readonly OutsideChange[]; readonly leftOut: boolean } {
  const changes: OutsideChange[] = []
  let leftOut = false
  const found = new Map(range.rows.map((row) => [idOf(row), row]))
  const ours = new Map(held.map((row) => [idOf(row), row]))
  for (const id of new Set([...ours.keys(), ...found.keys()])) {
    const difference = differ(collection, ours.get(id), found.get(id))
    if (!difference) continue
    if (touched.has(recordKey(collection.name, id))) leftOut = true
    else {
      const { epoch, applied: seen } = range
      changes.push({ ...difference, collection: collection.name, id, epoch, seen, by: COMPARISON })
    }
  }
  return { changes, leftOut }
}

function differ(
  collection: Collection,
  held: Row | undefined,
  found: Row | undefined,
): Pick<OutsideChange, 'kind' | 'before' | 'after'> | undefined {
  if (!held) return found && { kind: 'insert', before: {}, after: found }
  if (!found) return { kind: 'delete', before: held, after: {} }
  const columns = collection.columns.flatMap(({ name }) =>
    sameValue(held[name] ?? null, found[name] ?? null) ? [] : [name],
  )
  if (columns.length === 0) return undefined
  const pick = (row: Row): Row => Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))
  return { kind: 'update', before: pick(held), after: pick(found) }
}

function idOf(row: Row): string {
  return String(row['id'])
}
