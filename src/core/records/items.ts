import type { Value } from '../../protocol/value.ts'
import { type StoredRecord, versionOf } from './record.ts'
import type { Version } from './version-vector.ts'

/** Items that come into a set and that leave it. */
export type ItemChange = { readonly add: readonly string[]; readonly remove: readonly string[] }

/** The same where a set's items were met: `outlived` are those whose removal somebody's unseen add outlived. */
export type MetItems = ItemChange & { readonly outlived: readonly string[] }

/**
 * Adds of one item that are kept, each unseen by the author of the next: the newest, which decide for all but an
 * author who names that many others' edits in its context.
 */
const MAX_ADDS = 8

/** The items of a set's value; an empty field has none. */
export function itemsOf(value: Value | undefined): string[] {
  return isList(value) ? value.filter((item) => typeof item === 'string') : []
}

/** A set's one form: each item once, by rising UTF-16 units. */
export function canonicalItems(items: Iterable<string>): string[] {
  return [...new Set(items)].sort()
}

/** Whether two values have the same items, in whatever order and however often. */
export function sameItems(a: Value | undefined, b: Value | undefined): boolean {
  const [some, others] = [new Set(itemsOf(a)), new Set(itemsOf(b))]
  return some.size === others.size && [...some].every((item) => others.has(item))
}

/** The items of one value that another has not. */
export function without(value: Value | undefined, other: Value | undefined): string[] {
  const left = new Set(itemsOf(other))
  return canonicalItems(itemsOf(value).filter((item) => !left.has(item)))
}

/** A set with a change. Where it comes to the same items, it stays as it is. */
export function changedItems(value: Value, { add, remove }: ItemChange): Value {
  const gone = new Set(remove)
  const items = canonicalItems([...itemsOf(value).filter((item) => !gone.has(item)), ...add])
  return sameItems(items, value) ? value : items
}

/**
 * The keys of a record's versions that are about items. No column can have such a name, so they are versions like any
 * other to whoever goes by all of them. The first says since when items have versions of their own.
 */
const sinceKey = (column: string) => `${column}/`
const itemKey = (column: string, place: number, item: string) => `${column}/${place}/${item}`

/** The column that a key of a record's versions is about. */
export function columnOf(key: string): string {
  return key.split('/', 1)[0] ?? key
}

/** The adds of an item, of which none had seen another. */
export function itemVersions(record: StoredRecord, column: string, item: string): Version[] {
  const own = ownVersions(record.versions, column, item)
  return own.length > 0 ? own : [record.versions[sinceKey(column)] ?? versionOf(record, column)]
}

function ownVersions(versions: StoredRecord['versions'], column: string, item: string): Version[] {
  const found: Version[] = []
  for (let place = 0; place < MAX_ADDS; place++) {
    const key = itemKey(column, place, item)
    const version = Object.hasOwn(versions, key) ? versions[key] : undefined
    if (!version) break
    found.push(version)
  }
  return found
}

/**
 * A record's versions after a change of a set.
 *
 * @param hasSeen what the author of the change had seen: an add that it had is taken over by its own
 */
export function versionsWithItems(
  record: StoredRecord,
  column: string,
  { add, remove, outlived }: MetItems,
  version: Version,
  hasSeen: (version: Version) => boolean,
): Record<string, Version> {
  const held = new Set(itemsOf(record.row[column]))
  const versions: Record<string, Version> = { ...record.versions }
  versions[sinceKey(column)] ??= versionOf(record, column)
  for (const item of new Set([...add, ...remove, ...outlived]))
    for (let place = 0; place < MAX_ADDS; place++) delete versions[itemKey(column, place, item)]
  const put = (item: string, own: readonly Version[]) => {
    const earlier = held.has(item) ? itemVersions(record, column, item) : []
    const unseen = earlier.filter((one) => one !== version && !hasSeen(one))
    for (const [place, one] of [...own, ...unseen].slice(0, MAX_ADDS).entries())
      versions[itemKey(column, place, item)] = one
  }
  for (const item of new Set(add)) put(item, [version])
  for (const item of new Set(outlived)) put(item, [])
  return versions
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}
