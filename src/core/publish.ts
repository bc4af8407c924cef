import type { Part, Patch } from '../protocol/down.ts'
import type { Collection } from '../protocol/manifest.ts'
import type { Row, Value } from '../protocol/value.ts'
import type { LogEntry } from './log.ts'

/** A record's last state in an interval: a whole row, some columns, or gone. */
type Net = { is: 'put'; row: Row } | { is: 'patch'; row: Row } | { is: 'leave' }

/** Folds an interval of the log into each touched record's last state, for one collection. */
export function fold(entries: readonly LogEntry[], collection: string): Map<string, Net> {
  const nets = new Map<string, Net>()
  for (const change of entries.flatMap((entry) => entry.changes)) {
    if (change.collection !== collection) continue
    if (change.kind === 'delete') nets.set(change.id, { is: 'leave' })
    else if (change.kind === 'insert') nets.set(change.id, { is: 'put', row: change.after })
    else nets.set(change.id, patched(nets.get(change.id), change.after))
  }
  return nets
}

function patched(earlier: Net | undefined, columns: Row): Net {
  if (!earlier || earlier.is === 'leave') return { is: 'patch', row: columns }
  return { is: earlier.is, row: { ...earlier.row, ...columns } }
}

/** A row in the order of its columns, as it travels. */
export function rowValues(collection: Collection, row: Row): Value[] {
  return collection.columns.map((column) => row[column.name] ?? null)
}

/** What an interval changed in a view of a whole collection, or undefined when nothing did. */
export function part(view: number, collection: Collection, entries: readonly LogEntry[]): Part | undefined {
  const puts: Value[][] = []
  const patches: Patch[] = []
  const leaves: string[] = []
  for (const [id, net] of fold(entries, collection.name)) {
    if (net.is === 'put') puts.push(rowValues(collection, net.row))
    else if (net.is === 'leave') leaves.push(id)
    else {
      const numbered = collection.columns.flatMap(({ name }, index) => {
        const value = net.row[name]
        return value === undefined ? [] : [index, value]
      })
      patches.push([id, ...numbered])
    }
  }
  return puts.length + patches.length + leaves.length > 0 ? [view, puts, patches, leaves] : undefined
}
