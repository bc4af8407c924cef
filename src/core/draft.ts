import type { Value } from '../protocol/value.ts'
import type { Change, Conflict } from './log.ts'
import { recordKey, type StoredRecord } from './record.ts'
import { sameValue } from './value.ts'
import type { Version } from './version-vector.ts'

/** Reads a record as it stands before the draft. */
export type ReadRecord = (collection: string, id: string) => StoredRecord | undefined

/**
 * What one edit would do, kept apart until the whole edit is known to be good: a refused edit's
 * draft is dropped, and nothing of it was ever in the data.
 */
export class Draft {
  readonly version: Version
  readonly conflicts: Conflict[] = []
  readonly #read: ReadRecord
  readonly #records = new Map<string, { before: StoredRecord | undefined; now: StoredRecord }>()
  readonly #adds = new Map<string, Record<string, number>>()

  constructor(version: Version, read: ReadRecord) {
    this.version = version
    this.#read = read
  }

  /** The record with this draft's changes. */
  record(collection: string, id: string): StoredRecord | undefined {
    return this.#records.get(recordKey(collection, id))?.now ?? this.#read(collection, id)
  }

  put(record: StoredRecord): void {
    const key = recordKey(record.collection, record.id)
    const touched = this.#records.get(key)
    if (touched) touched.now = record
    else this.#records.set(key, { before: this.#read(record.collection, record.id), now: record })
  }

  /** Writes one field of a living record. A delta is remembered, for Postgres. */
  write(record: StoredRecord, column: string, value: Value, delta?: number): void {
    this.put({
      ...record,
      row: { ...record.row, [column]: value },
      versions: { ...record.versions, [column]: this.version },
    })
    if (delta === undefined) return
    const key = recordKey(record.collection, record.id)
    const adds = this.#adds.get(key) ?? {}
    this.#adds.set(key, { ...adds, [column]: (adds[column] ?? 0) + delta })
  }

  /** The records the edit leaves behind. */
  records(): StoredRecord[] {
    return [...this.#records.values()].map(({ now }) => now)
  }

  /** One change per touched record, for the log. */
  changes(): Change[] {
    return [...this.#records].flatMap(
      ([key, { before, now }]) => this.#change(before, now, this.#adds.get(key)) ?? [],
    )
  }

  #change(
    before: StoredRecord | undefined,
    now: StoredRecord,
    adds: Readonly<Record<string, number>> | undefined,
  ): Change | undefined {
    const { collection, id } = now
    const lived = before && !before.deleted ? before : undefined
    if (now.deleted) return lived && { kind: 'delete', collection, id, before: lived.row }
    if (!lived) return { kind: 'insert', collection, id, after: now.row }
    if (now.birth !== lived.birth) throw new Error('one edit cannot delete a record and create it again')
    const columns = Object.keys(now.row).filter((column) => now.versions[column] === this.version)
    if (columns.every((column) => sameValue(lived.row[column], now.row[column]))) return undefined
    const pick = (row: StoredRecord['row']) =>
      Object.fromEntries(columns.map((column) => [column, row[column] ?? null]))
    return {
      kind: 'update',
      collection,
      id,
      before: pick(lived.row),
      after: pick(now.row),
      ...(adds && { adds }),
    }
  }
}
