import type { Row } from '../../protocol/value.ts'
import type { LogEntry } from '../log.ts'
import { recordKey } from '../record.ts'

/** A record before and after something happened to it; undefined where it did not live. */
export type RowChange = {
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
 */
export function* rewind(entries: readonly LogEntry[], rowAt: RowAt): Generator<RowChange> {
  const rows = new Map<string, Row | undefined>()
  for (const entry of entries.toReversed()) {
    for (const change of entry.changes.toReversed()) {
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

/** What an interval did to each record of each collection, once, whatever happened in between. */
export type NetChanges = ReadonlyMap<string, ReadonlyMap<string, RowChange>>

export function netChanges(entries: readonly LogEntry[], rowAt: RowAt): NetChanges {
  const nets = new Map<string, Map<string, RowChange>>()
  // Told in the order in which it happened, so that new records arrive as they were made.
  for (const change of [...rewind(entries, rowAt)].reverse()) {
    const { collection, id } = change
    const ofCollection = nets.get(collection) ?? new Map<string, RowChange>()
    nets.set(collection, ofCollection)
    const { before } = ofCollection.get(id) ?? change
    ofCollection.delete(id)
    ofCollection.set(id, { ...change, before })
  }
  return nets
}
