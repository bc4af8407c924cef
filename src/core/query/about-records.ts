import type { Row } from '../../protocol/value.ts'
import { attachRecord } from '../app/attached.ts'
import { ABOUT_RECORDS, CONFLICTS } from '../app/built-in.ts'
import { sameValue } from '../records/value.ts'
import type { IntervalChanges, RecordChange } from './changes.ts'

/** The means to look from what is about a record to the record, and back. */
export type AboutRecords = {
  /** What a record holds at the end of the interval, or held when it ended. */
  readonly lastRow: (collection: string, id: string) => Row | undefined
  /** What a record that did not live when the interval began had held at last, if there was one. */
  readonly heldBefore: (collection: string, id: string) => Row | undefined
  /** A record's row at the end of the interval, if it lives. */
  readonly living: (collection: string, id: string) => Row | undefined
  /** The ids of what one of the engine's own collections keeps about a record. */
  readonly idsAbout: (about: string, collection: string, id: string) => Iterable<string>
  /** Whether the rights of anybody who looks depend on a column of a record; of all of them when absent. */
  readonly isAsked?: (column: string) => boolean
}

/**
 * The changes of an interval, where what is about a record carries that, as it was before and after: who may see a
 * conflict or a notification follows from both. A record that changed makes what is about it come and go, although
 * nothing of that has changed.
 */
export function withRecords(changes: IntervalChanges, ground: AboutRecords): IntervalChanges {
  const all = new Map(changes)
  for (const about of ABOUT_RECORDS) {
    // Every view of notifications asks whether their records live.
    if (about !== CONFLICTS && ground.isAsked?.('id') === false) continue
    const own = withRecordsOf(about, changes, ground)
    if (own.size > 0) all.set(about, own)
  }
  return all
}

function withRecordsOf(
  about: string,
  changes: IntervalChanges,
  ground: AboutRecords,
): Map<string, RecordChange> {
  const attachedTo = (row: Row | undefined, end: 'before' | 'after'): Row | undefined =>
    row && attachRecord(row, recordAt(about, changes, ground, row, end))
  const found = new Map<string, RecordChange>()
  for (const change of changes.get(about)?.values() ?? [])
    found.set(change.id, {
      ...change,
      before: attachedTo(change.before, 'before'),
      after: attachedTo(change.after, 'after'),
    })
  for (const [collection, ofCollection] of changes) {
    if (ABOUT_RECORDS.includes(collection)) continue
    for (const change of ofCollection.values()) {
      for (const id of idsAbout(about, change, changes, ground)) {
        if (found.has(id)) continue
        const row = ground.living(about, id)
        const [before, after] = [attachedTo(row, 'before'), attachedTo(row, 'after')]
        found.set(id, { collection: about, id, before, after })
      }
    }
  }
  return found
}

/** The ids of what may come or go because of a record's change. */
function idsAbout(
  about: string,
  change: RecordChange,
  changes: IntervalChanges,
  ground: AboutRecords,
): Iterable<string> {
  const { collection, id } = change
  if (about !== CONFLICTS) return mayMove(change, ground) ? ground.idsAbout(about, collection, id) : []
  const ids = [...ground.idsAbout(about, collection, id)]
  if (ids.length === 0) return ids
  // To a conflict, one that is gone counts as what it held at last.
  const row = { collection, record: id }
  const [before, after] = [
    recordAt(about, changes, ground, row, 'before'),
    recordAt(about, changes, ground, row, 'after'),
  ]
  return mayMove({ ...change, before, after }, ground) ? ids : []
}

/** Whether a record's change can change who may see what is about it. */
function mayMove({ before, after }: RecordChange, { isAsked }: AboutRecords): boolean {
  const asked = Object.keys(after ?? before ?? {}).filter((column) => isAsked?.(column) ?? true)
  // Of a record that was not known, or is not any more, every column is another.
  if (!before || !after) return asked.length > 0
  return asked.some((column) => !sameValue(before[column], after[column]))
}

/**
 * The record that a row is about. To a conflict, one that is gone counts as what it held at last; a notification says
 * itself what it held, where it is about its end.
 */
function recordAt(
  about: string,
  changes: IntervalChanges,
  { lastRow, heldBefore, living }: AboutRecords,
  row: Row,
  end: 'before' | 'after',
): Row | undefined {
  const [collection, id] = [String(row['collection']), String(row['record'])]
  const change = changes.get(collection)?.get(id)
  if (about !== CONFLICTS) return change ? change[end] : living(collection, id)
  if (!change) return lastRow(collection, id)
  if (end === 'before') return change.before ?? heldBefore(collection, id)
  return change.after ?? lastRow(collection, id)
}
