import type { Row } from '../../protocol/value.ts'
import type { ReadRecord } from '../edits/draft.ts'
import { type Change, type LogEntry, versionBy } from '../log/log.ts'
import { groupBy } from '../records/group-by.ts'
import { changedItems, sameItems, without } from '../records/items.ts'
import { recordKey, type StoredRecord } from '../records/record.ts'
import type { Version } from '../records/version-vector.ts'

/**
 * Reads records as they stood before an entry, by taking back what it and later ones did.
 *
 * @param entries every entry that stands, up to the head
 * @param read the records as they stand now
 * @param version who is said to have written what comes to light: the log does not keep it
 * @param earlier entries before them, in which a record may have been born that comes to light
 */
export function rewinder(
  entries: readonly LogEntry[],
  read: ReadRecord,
  version: Version,
  earlier: readonly LogEntry[],
): (seq: number) => ReadRecord {
  const changesOf = byRecord(entries)
  const birthsOf = byRecord(earlier)
  return (seq) => (collection, id) => {
    const key = recordKey(collection, id)
    const changes = changesOf.get(key) ?? []
    const bornBefore = (end: number) => {
      const newestFirst = [...(birthsOf.get(key) ?? []), ...changes].reverse()
      return newestFirst.find((born) => born.seq < end && born.change.kind === 'insert')?.version
    }
    let record = read(collection, id)
    for (const later of [...changes].reverse()) {
      if (later.seq < seq) break
      record = rewind(record, later.change, version, record ? undefined : bornBefore(later.seq))
    }
    return record
  }
}

type Made = { readonly seq: number; readonly version: Version; readonly change: Change }

function byRecord(entries: readonly LogEntry[]): Map<string, Made[]> {
  const made = entries.flatMap((entry) =>
    entry.changes.map((change): Made => ({ seq: entry.seq, version: versionBy(entry), change })),
  )
  return groupBy(made, ({ change: { collection, id } }) => recordKey(collection, id))
}

/**
 * A record as it was before a change.
 *
 * @param birth who made the record that a deletion ended, if that is known
 */
export function rewind(
  record: StoredRecord | undefined,
  change: Change,
  version: Version,
  birth?: Version,
): StoredRecord | undefined {
  const { collection, id } = change
  switch (change.kind) {
    case 'insert': {
      const { revives } = change
      return revives && { collection, id, row: revives, birth: version, versions: {}, deleted: version }
    }
    case 'delete': {
      // A later record of the id has taken what was known of this one.
      const { deleted: _, ...alive } = record ?? {
        collection,
        id,
        birth: birth ?? version,
        versions: allOf(change.before, version),
      }
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

/** Every field of a row is said to be written by `version`; `id` stands for its birth. */
function allOf(row: Row, version: Version): StoredRecord['versions'] {
  const fields = Object.keys(row).filter((name) => name !== 'id')
  return Object.fromEntries(fields.map((name) => [name, version]))
}

/** Other deltas and items may have come to a counter or a set since, or gone, so only its own are taken out. */
function heldBefore(row: Row, change: Extract<Change, { kind: 'update' }>): Row {
  const { before, after, adds = {}, items } = change
  return Object.fromEntries(
    Object.entries(before).map(([name, value]) => {
      if (items?.[name]) {
        const [add, remove] = [without(value, after[name]), without(after[name], value)]
        const held = changedItems(row[name] ?? null, { add, remove })
        return [name, sameItems(held, value) ? value : held]
      }
      const by = adds[name]
      const now = row[name]
      return by === undefined || value === null || typeof now !== 'number' ? [name, value] : [name, now - by]
    }),
  )
}
