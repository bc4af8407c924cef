import type { Collection } from '../../protocol/manifest.ts'
import type { Row, Value } from '../../protocol/value.ts'
import type { Change, External, LogEntry } from '../log/log.ts'
import { isCounter, toNumber } from '../merge/external.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import { sameValue } from '../records/value.ts'
import type { Version } from '../records/version-vector.ts'

/** A record by its place. */
type RecordRef = Pick<External, 'collection' | 'id'>

/** The change that turns the row that Postgres holds into ours; counters by their difference. */
export function difference(collection: Collection, id: string, held: Row, ours: Row): Change[] {
  const differing = collection.columns.filter(
    ({ name }) => !sameValue(held[name] ?? null, ours[name] ?? null),
  )
  if (differing.length === 0) return []
  const columns = differing.map(({ name }) => name)
  const adds = differing
    .filter(({ policy }) => isCounter(policy))
    .map(({ name }) => [name, toNumber(ours[name] ?? null) - toNumber(held[name] ?? null)])
  return [
    {
      kind: 'update',
      collection: collection.name,
      id,
      before: pick(held, columns),
      after: pick(ours, columns),
      ...(adds.length > 0 && { adds: Object.fromEntries(adds) }),
    },
  ]
}

/**
 * The part of a record that Postgres does not hold, because it has not been told of these edits.
 *
 * @param version fields of this version came from Postgres, but for those that are `mixed` with ours
 */
export function missing(
  merged: StoredRecord,
  version: Version,
  { collection, id, after }: RecordRef & Pick<External, 'after'>,
  unsent: readonly LogEntry[],
  mixed: readonly string[] = [],
): Change[] {
  const { held, adds } = unsentWrites({ collection, id }, unsent)
  const before: Record<string, Value> = {}
  for (const [name, value] of held) {
    if (versionOf(merged, name) !== version) before[name] = value
  }
  for (const name of mixed) before[name] = after[name] ?? null
  for (const [name, by] of Object.entries(adds)) before[name] = toNumber(merged.row[name] ?? null) - by
  const columns = Object.keys(before)
  if (columns.length === 0) return []
  return [{ kind: 'update', collection, id, before, after: pick(merged.row, columns), adds }]
}

/** Columns of a record that edits set, with what Postgres holds instead, and deltas. */
function unsentWrites(ref: RecordRef, unsent: readonly LogEntry[]) {
  const held = new Map<string, Value>()
  let adds: Record<string, number> = {}
  for (const { external, repairs = [], changes } of unsent) {
    for (const row of external ?? []) {
      if (!isAbout(row, ref)) continue
      if (row.replaces) {
        held.clear()
        adds = {}
      }
      for (const name of Object.keys(row.after)) held.delete(name)
    }
    for (const change of external ? repairs : changes) {
      if (change.kind !== 'update' || !isAbout(change, ref)) continue
      for (const [name, value] of Object.entries(change.before)) {
        const by = change.adds?.[name]
        if (by !== undefined) adds[name] = (adds[name] ?? 0) + by
        else if (!held.has(name)) held.set(name, value)
      }
    }
  }
  return { held, adds }
}

function isAbout(ref: RecordRef, { collection, id }: RecordRef): boolean {
  return ref.collection === collection && ref.id === id
}

/** Some columns of a row. */
export function pick(row: Row, columns: readonly string[]): Record<string, Value> {
  return Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))
}
