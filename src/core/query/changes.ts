import type { Row } from '../../protocol/value.ts'
import type { LogEntry } from '../log/log.ts'
import { recordKey } from '../records/record.ts'

/** A record before and after something happened to it; undefined where it did not live. */
export type RecordChange = {
  readonly collection: string
  readonly id: string
  readonly before: Row | undefined
  readonly after: Row | undefined
}

/** A record's row at the end of an interval; undefined if it does not live there. */
export type RowAt = (collection: string, id: string) => Row | undefined

/**
 * Every change of an interval with whole rows, the newest first. The log keeps the touched columns
 * only, so each record is taken back from the row that it ends with.
 *
 * @param entries the interval's, the newest first
 */
export function* recordChanges(entries: Iterable<LogEntry>, rowAt: RowAt): Generator<RecordChange> {
  const rows = new Map<string, Row | undefined>()
  for (const entry of entries) {
    for (const change of [...entry.changes].reverse()) {
      const { collection, id } = change
      const key = recordKey(collection, id)
      const after = rows.has(key) ? rows.get(key) : rowAt(collection, id)
      const before = beforeChange(change, after)
      rows.set(key, before)
      yield { collection, id, before, after }
    }
  }
}

function beforeChange(change: LogEntry['changes'][number], after: Row | undefined): Row | undefined {
  switch (change.kind) {
    case 'insert':
      return undefined
    case 'delete':
      return change.before
    case 'update':
      return after && { ...after, ...change.before }
  }
}

/** The net changes of an interval: each record of each collection once, whatever happened in between. */
export type IntervalChanges = ReadonlyMap<string, ReadonlyMap<string, RecordChange>>

/**
 * Works out the net changes of an interval. Holds its records once each, however long the interval is.
 *
 * @param entries the interval's, the newest first
 */
export function intervalChanges(entries: Iterable<LogEntry>, rowAt: RowAt): IntervalChanges {
  const nets = new Map<string, Map<string, RecordChange>>()
  for (const change of recordChanges(entries, rowAt)) {
    const { collection, id, before } = change
    const ofCollection = nets.get(collection) ?? new Map<string, RecordChange>()
    nets.set(collection, ofCollection)
    ofCollection.set(id, { ...(ofCollection.get(id) ?? change), before })
  }
  // Told in the order in which it happened, so that new records arrive as they were made.
  return new Map(
    [...nets].reverse().map(([collection, changes]) => [collection, new Map([...changes].reverse())]),
  )
}
