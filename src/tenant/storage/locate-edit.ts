import type { Reads } from '../../core/edits/turn.ts'
import type { LogEntry } from '../../core/log/log.ts'
import type { Carried } from './carried.ts'

/** The place of an edit that Postgres is not known to have: in the log, or among what it has still to take over. */
export function locateEdit(
  unsent: Iterable<LogEntry>,
  carried: Carried,
  [client, n]: Parameters<Reads['locateEdit']>,
): ReturnType<Reads['locateEdit']> {
  for (const entry of unsent) if (entry.actor === client && entry.n === n) return entry.seq
  return carried.has(client, n) ? 'carried' : undefined
}
