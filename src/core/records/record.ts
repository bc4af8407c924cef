import type { Row } from '../../protocol/value.ts'
import type { Manuscript } from './manuscript.ts'
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
  /** The manuscripts of its texts that several write, by column; made when one is first edited. */
  readonly texts?: Readonly<Record<string, Manuscript>>
  /** Set on a tombstone: the record is gone, and its row is what it last held. */
  readonly deleted?: Version
}

/** The version of a field: its last write. */
export function versionOf(record: StoredRecord, column: string): Version {
  return (Object.hasOwn(record.versions, column) ? record.versions[column] : undefined) ?? record.birth
}

/**
 * Forgets who wrote what lies at or below the resume floor. Its seq stays, so a prefix still compares
 * exactly; whoever holds an older prefix has to take a snapshot before anything else.
 */
export function forgetActors(record: StoredRecord, floor: number): StoredRecord {
  const old = Object.entries(record.versions).filter(([, { seq }]) => seq <= floor)
  if (old.length === 0) return record
  const versions = { ...record.versions }
  for (const [column, { seq }] of old) {
    versions[column] = { actor: '', n: 0, seq }
  }
  return { ...record, versions }
}

/** One key for a record across collections; a NUL cannot occur in either part. */
export function recordKey(collection: string, id: string): string {
  return `${collection}\0${id}`
}
