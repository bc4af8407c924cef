import type { Turn } from '../edits/turn.ts'
import type { External, LogEntry } from '../log/log.ts'
import { recordKey } from '../records/record.ts'

/** The entries that Postgres may not have got yet, as they are by now: those that say something of a record. */
export type Unsent = (ref: Pick<External, 'collection' | 'id'>) => readonly LogEntry[]

/**
 * Looks them up by record. They are read once for a turn, and only if it asks: a page may hold thousands of
 * changes that each have to know.
 *
 * @param effective those of the log and of the turn so far, in order; what the turn takes from then on stands
 */
export function unsentBy(turn: Turn, effective: () => Iterable<LogEntry>): Unsent {
  let known: Map<string, LogEntry[]> | undefined
  let taken = 0
  const take = (entry: LogEntry, byRecord: Map<string, LogEntry[]>) => {
    const { external = [], changes, repairs = [] } = entry
    const keys = [...external, ...changes, ...repairs].map(({ collection, id }) => recordKey(collection, id))
    for (const key of new Set(keys)) {
      const entries = byRecord.get(key)
      if (entries) entries.push(entry)
      else byRecord.set(key, [entry])
    }
  }
  return ({ collection, id }) => {
    if (!known) {
      known = new Map()
      for (const entry of effective()) take(entry, known)
      taken = turn.entries.length
    }
    for (const entry of turn.entries.slice(taken)) take(entry, known)
    taken = turn.entries.length
    return known.get(recordKey(collection, id)) ?? []
  }
}
