import type { Collection, Column, ColumnType, Manifest } from '../../protocol/manifest.ts'

/** Names of columns, by collection. */
export type Columns = ReadonlyMap<string, readonly string[]>

/** The consequences of a new manifest for records that were made for an earlier one. */
export type SchemaChange = {
  /** Columns whose values only Postgres knows. */
  readonly added: Columns
  /** Columns whose values mean nothing any more. One that holds another type now is removed and added. */
  readonly removed: Columns
  readonly removedCollections: readonly string[]
}

/** Types whose values are values of another type just as they are. */
const WIDER: Partial<Record<ColumnType, readonly ColumnType[]>> = {
  integer: ['bigint', 'number'],
  bigint: ['number'],
}

/** Whether every value of `from` is a value of `to`, in the same form. */
function fitsType(from: ColumnType, to: ColumnType): boolean {
  return from === to || (WIDER[from] ?? []).includes(to)
}

/**
 * Whether every value of a column is one of another, written the same. Columns of other forms are not compared: the
 * same value of a `real` and of a `double precision` is written otherwise.
 */
export function fitsColumn(from: Column, to: Column): boolean {
  return fitsType(from.type, to.type) && from.form?.says === to.form?.says
}

/** Compares what records were made for with what they are to be. Undefined when they fit as they are. */
export function compareManifests(held: Manifest, wanted: Manifest): SchemaChange | undefined {
  const pairs = held.collections.flatMap((before): [Collection, Collection][] => {
    const after = wanted.collections.find(({ name }) => name === before.name)
    return after ? [[before, after]] : []
  })
  const kept = new Set(pairs.map(([{ name }]) => name))
  const added = columnsOf(pairs, ([before, after]) => strangers(after, before, (a, b) => fitsColumn(b, a)))
  const removed = columnsOf(pairs, ([before, after]) => strangers(before, after, fitsColumn))
  const removedCollections = held.collections.map(({ name }) => name).filter((name) => !kept.has(name))
  const fits = added.size === 0 && removed.size === 0 && removedCollections.length === 0
  return fits ? undefined : { added, removed, removedCollections }
}

function columnsOf(
  pairs: readonly [Collection, Collection][],
  select: (pair: [Collection, Collection]) => string[],
): Columns {
  const lists = pairs.map((pair): [string, string[]] => [pair[0].name, select(pair)])
  return new Map(lists.filter(([, names]) => names.length > 0))
}

/** The columns of one that have no counterpart in the other. */
function strangers(one: Collection, other: Collection, fits: (a: Column, b: Column) => boolean): string[] {
  return one.columns
    .filter((column) => {
      const counterpart = other.columns.find(({ name }) => name === column.name)
      return !counterpart || !fits(column, counterpart)
    })
    .map(({ name }) => name)
}
