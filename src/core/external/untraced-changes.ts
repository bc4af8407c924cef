import type { Collection } from '../../protocol/manifest.ts'
import type { Row, Value } from '../../protocol/value.ts'
import type { LogEntry } from '../log/log.ts'
import type { Aside, Unfit } from '../records/aside.ts'
import { recordKey } from '../records/record.ts'
import { sameValue } from '../records/value.ts'
import type { ExternalChange, RowEvent } from './events.ts'
import { fitLog } from './fit-log.ts'

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
  for (const { changes, external = [], repairs = [] } of entries) {
    for (const { collection, id } of [...changes, ...repairs, ...external])
      touched.add(recordKey(collection, id))
  }
  return touched
}

/**
 * Finds the changes that somebody made in a range of Postgres without a trace: what turns the rows that the object
 * holds there into those that Postgres holds. Both must stand at the same ledger and cursor.
 *
 * @param touched records of which Postgres does not know everything yet: they are left out
 * @param aside why a record is set aside already, if it is
 * @returns the changes, and whether a record that was left out differs
 */
export function untracedChanges(
  collection: Collection,
  held: readonly Row[],
  range: {
    readonly epoch: string
    readonly applied: number
    readonly rows: readonly Row[]
    readonly unfit: readonly Unfit[]
  },
  touched: ReadonlySet<string>,
  aside: (id: string) => Aside | undefined = () => undefined,
): { readonly changes: readonly ExternalChange[]; readonly leftOut: boolean } {
  const changes: ExternalChange[] = []
  let leftOut = false
  const found = new Map(range.rows.map((row) => [idOf(row), row]))
  const ours = new Map(held.map((row) => [idOf(row), row]))
  const unfit = new Map(range.unfit.map((one) => [one.id, one]))
  for (const id of new Set([...ours.keys(), ...found.keys(), ...unfit.keys()])) {
    const place = { collection: collection.name, id }
    const difference = differ(collection, place, {
      held: ours.get(id),
      found: found.get(id),
      unfit: unfit.get(id),
    })
    if (!difference) continue
    const isKnown = difference.kind === 'aside' && !ours.has(id) && aside(id)?.reason === difference.reason
    if (isKnown) continue
    if (touched.has(recordKey(collection.name, id))) leftOut = true
    else {
      const { epoch, applied: seen } = range
      changes.push({ ...difference, epoch, seen, by: COMPARISON })
    }
  }
  return { changes, leftOut }
}

function differ(
  collection: Collection,
  place: { readonly collection: string; readonly id: string },
  { held, found, unfit }: { held: Row | undefined; found: Row | undefined; unfit: Unfit | undefined },
): RowEvent | undefined {
  if (unfit) return { ...place, ...unfit, kind: 'aside', before: {}, after: {} }
  if (!held) return found && fitLog({ ...place, kind: 'insert', before: {}, after: found })
  if (!found) return fitLog({ ...place, kind: 'delete', before: held, after: {} })
  const columns = collection.columns.flatMap(({ name }) =>
    sameValue(held[name] ?? null, found[name] ?? null) ? [] : [name],
  )
  if (columns.length === 0) return undefined
  const pick = (row: Row): Row => Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))
  return fitLog({ ...place, kind: 'update', before: pick(held), after: pick(found) })
}

function idOf(row: Row): string {
  return String(row['id'])
}
