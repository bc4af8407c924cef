import type { Row, Value } from '../../protocol/value.ts'
import type { Columns, SchemaChange } from '../records/schema-change.ts'
import { baseIn } from './base-of.ts'
import type { Change, External, LogEntry } from './log.ts'

type Removed = Pick<SchemaChange, 'removed' | 'removedCollections'>

/** Values of an edit that have no place any more. */
export type Dropped = {
  readonly collection: string
  readonly id: string
  readonly values: Row
  /** What their author had in sight, as far as it is known of all of them. */
  readonly base?: Row
}

/**
 * An entry that Postgres has not got yet, without what the application has given up since. Its place,
 * its author and the rest of it stay, so the edit has its outcome.
 */
export function narrowEntry(entry: LogEntry, change: Removed): LogEntry {
  const narrowed = mapChanges(entry, (one) => narrowChange(one, change))
  const external = entry.external?.flatMap((one) => narrowExternal(one, change) ?? [])
  return { ...narrowed, ...(external && { external }) }
}

/** Values that the author of an entry wrote and nobody will store once it is narrowed. */
export function droppedFrom({ changes, external, reverts }: LogEntry, change: Removed): Dropped[] {
  return external || reverts ? [] : changes.flatMap((one) => droppedOf(one, change) ?? [])
}

function mapChanges(entry: LogEntry, map: (one: Change) => Change | undefined): LogEntry {
  const mapped = (changes: readonly Change[]) => changes.flatMap((one) => map(one) ?? [])
  const { changes, steps, repairs } = entry
  return {
    ...entry,
    changes: mapped(changes),
    ...(steps && { steps: mapped(steps) }),
    ...(repairs && { repairs: mapped(repairs) }),
  }
}

function narrowChange(one: Change, change: Removed): Change | undefined {
  if (change.removedCollections.includes(one.collection)) return undefined
  const names = change.removed.get(one.collection)
  if (!names) return one
  switch (one.kind) {
    case 'insert': {
      const { after, revives } = one
      return { ...one, after: without(after, names), ...(revives && { revives: without(revives, names) }) }
    }
    case 'delete':
      return { ...one, before: without(one.before, names) }
    case 'update': {
      const { before, adds, items, base } = one
      const after = without(one.after, names)
      if (Object.keys(after).length === 0) return undefined
      return {
        ...one,
        before: without(before, names),
        after,
        ...(adds && { adds: without(adds, names) }),
        ...(items && { items: without(items, names) }),
        ...(base && { base: without(base, names) }),
      }
    }
  }
}

function narrowExternal(external: External, { removed, removedCollections }: Removed): External | undefined {
  if (removedCollections.includes(external.collection)) return undefined
  const names = removed.get(external.collection) ?? []
  return { ...external, before: without(external.before, names), after: without(external.after, names) }
}

function droppedOf(one: Change, { removed, removedCollections }: Removed): Dropped | undefined {
  if (one.kind === 'delete') return undefined
  const { collection, id, after } = one
  const names = removedCollections.includes(collection) ? Object.keys(after) : removed.get(collection)
  const values = Object.fromEntries(Object.entries(after).filter(([name]) => names?.includes(name)))
  if (Object.keys(values).length === 0) return undefined
  return { collection, id, values, ...baseOf(one, Object.keys(values)) }
}

function baseOf(change: Change, names: readonly string[]): Pick<Dropped, 'base'> {
  if (change.kind !== 'update') return {}
  const known = names.flatMap((name) => {
    const base = baseIn(change, name)
    return base ? [[name, base.value] as const] : []
  })
  return known.length === names.length ? { base: Object.fromEntries(known) } : {}
}

/**
 * An entry that Postgres has not got yet, its whole rows with the columns that were added since. No edit
 * can have touched those, so what the record holds now is what it held then.
 */
export function completeEntry(
  entry: LogEntry,
  added: Columns,
  valueIn: (collection: string, id: string, column: string) => Value,
): LogEntry {
  return mapChanges(entry, (one) => {
    const names = added.get(one.collection)
    if (!names || one.kind === 'update') return one
    const values = names.map((name): [string, Value] => [name, valueIn(one.collection, one.id, name)])
    const more = Object.fromEntries(values)
    if (one.kind === 'delete') return { ...one, before: { ...one.before, ...more } }
    const { after, revives } = one
    return { ...one, after: { ...after, ...more }, ...(revives && { revives: { ...revives, ...more } }) }
  })
}

function without<Item extends Value>(
  row: Readonly<Record<string, Item>>,
  names: readonly string[],
): Record<string, Item> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)))
}
