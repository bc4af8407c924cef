import type { ExternalRowChange } from '../../../src/core/external/events.ts'
import { recordKey } from '../../../src/core/records/record.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { Tables } from '../world/tables.ts'

/** What becomes of one row; undefined where there is none. */
export type ExternalWrite = {
  readonly collection: string
  readonly id: string
  readonly change: (row: Row | undefined) => Row | undefined
}

/** What a transaction has done to a row so far. */
type Touched = {
  readonly collection: string
  readonly id: string
  readonly before: Row | undefined
  /** It was gone for a while, so what there is now is another row. */
  replaced: boolean
  /** Something was done to it, whether or not that was undone. */
  changed: boolean
}

/**
 * Writes rows in one transaction, in their order, as a statement with its triggers does.
 *
 * @returns what it comes to for each row, in the order in which they were touched first; undefined if a constraint
 * refuses it
 */
export function writeTogether(
  tables: Tables,
  writes: readonly ExternalWrite[],
): ExternalRowChange[] | undefined {
  const touched = new Map<string, Touched>()
  const refused = tables.attempt(
    () => {
      for (const { collection, id, change } of writes) {
        const key = recordKey(collection, id)
        const row = tables.row(collection, id)
        const after = change(row)
        if (!row && !after) continue
        const known = touched.get(key) ?? { collection, id, before: row, replaced: false, changed: false }
        touched.set(key, known)
        known.changed ||= !row || !after || Object.keys(after).some((name) => row[name] !== after[name])
        if (!after && known.before) known.replaced = true
        tables.put(collection, id, after)
      }
      return undefined
    },
    () => [...touched.values()].map(({ collection, id }) => [collection, id] as const),
  )
  return refused ? undefined : [...touched.values()].flatMap((one) => changesOf(tables, one))
}

/** A row that is as it was gives an update of nothing: nobody is told of it, but a batch that writes the row waits. */
function changesOf(tables: Tables, one: Touched): ExternalRowChange[] {
  const { collection, id, before, replaced, changed } = one
  const after = tables.row(collection, id)
  const place = { collection, id }
  if (before && after && !replaced) {
    const names = Object.keys(after).filter((name) => before[name] !== after[name])
    const of = (row: Row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null]))
    return changed ? [{ ...place, kind: 'update', before: of(before), after: of(after) }] : []
  }
  if (!before && !after) return [{ ...place, kind: 'update', before: {}, after: {} }]
  return [
    ...(before ? [{ ...place, kind: 'delete' as const, before, after: {} }] : []),
    ...(after ? [{ ...place, kind: 'insert' as const, before: {}, after }] : []),
  ]
}
