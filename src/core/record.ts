import type { Row } from '../protocol/value.ts'
import type { Version } from './version-vector.ts'

/**
 * A record as the object keeps it: the row and, per field, who wrote it last. A field without a
 * version of its own was last written at birth.
 */
export type StoredRecord = {
  readonly collection: string
  readonly id: string
  readonly row: Row
  readonly birth: Version
  readonly versions: Readonly<Record<string, Version>>
  /** Set on a tombstone: the record is gone, and its row is what it last held. */
  readonly deleted?: Version
}

/** Who last wrote a field. */
export function versionOf(record: StoredRecord, column: string): Version {
  return (Object.hasOwn(record.versions, column) ? record.versions[column] : undefined) ?? record.birth
}

/** One key for a record across collections; a NUL cannot occur in either part. */
export function recordKey(collection: string, id: string): string {
  return `${collection}\0${id}`
}
