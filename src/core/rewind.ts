import type { Row } from '../protocol/value.ts'
import type { ReadRecord } from './draft.ts'
import type { Change, LogEntry } from './log.ts'
import { recordKey, type StoredRecord } from './record.ts'
import type { Version } from './version-vector.ts'

/**
 * Reads records as they stood before an entry, by taking back what it and later ones did.
 *
 * @param entries every entry that stands, up to the head
 * @param read the records as they stand now
 * @param version who is said to have written what comes to light: the log does not keep it
 */
export function rewinder(
  entries: readonly LogEntry[],
  read: ReadRecord,
  version: Version,
): (seq: number) => ReadRecord {
  const changesOf = new Map<string, { seq: number; change: Change }[]>()
  for (const { seq, changes } of entries) {
    for (const change of changes) {
      const key = recordKey(change.collection, change.id)
      const list = changesOf.get(key) ?? []
      list.push({ seq, change })
      changesOf.set(key, list)
    }
  }
  return (seq) => (collection, id) => {
    let record = read(collection, id)
    for (const later of (changesOf.get(recordKey(collection, id)) ?? []).toReversed()) {
      if (later.seq < seq) break
      record = rewind(record, later.change, version)
    }
    return record
  }
}

/** A record as it was before a change. */
export function rewind(
  record: StoredRecord | undefined,
  change: Change,
  version: Version,
): StoredRecord | undefined {
  const { collection, id } = change
  switch (change.kind) {
    case 'insert': {
      const { revives } = change
      return revives && { collection, id, row: revives, birth: version, versions: {}, deleted: version }
    }
    case 'delete': {
      const { deleted: _, ...alive } = record ?? { collection, id, birth: version, versions: {} }
      return { ...alive, row: change.before }
    }
    case 'update': {
      if (!record) throw new Error(`the log changes "${id}", which is nowhere`)
      const columns = Object.keys(change.before)
      return {
        ...record,
        row: { ...record.row, ...heldBefore(record.row, change) },
        versions: { ...record.versions, ...Object.fromEntries(columns.map((name) => [name, version])) },
      }
    }
  }
}

/** Other deltas may have come to a counter since, or gone, so only its own is taken out. */
function heldBefore(row: Row, { before, adds = {} }: Extract<Change, { kind: 'update' }>): Row {
  return Object.fromEntries(
    Object.entries(before).map(([name, value]) => {
      const by = adds[name]
      const now = row[name]
      return by === undefined || value === null || typeof now !== 'number' ? [name, value] : [name, now - by]
    }),
  )
}
