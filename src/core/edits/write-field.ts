import type { Column } from '../../protocol/manifest.ts'
import { type FieldMerged, type FieldWrite, mergeField } from '../merge/merge-field.ts'
import type { StoredRecord } from '../records/record.ts'
import type { Draft } from './draft.ts'

/** Merges a write into a field of a record as the draft has it; what it comes to, conflict included, is drafted. */
export function writeField(
  draft: Draft,
  record: StoredRecord,
  column: Column,
  write: FieldWrite,
): FieldMerged {
  const merged = mergeField(
    { record, column, version: draft.version, merge: draft.merging(record.collection, column) },
    write,
  )
  if (merged.outcome === 'applied') draft.write(record, column.name, merged.value, merged)
  if (merged.outcome !== 'rejected' && merged.conflict) draft.conflicts.push(merged.conflict)
  return merged
}
