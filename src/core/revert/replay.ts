import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Application } from '../app/application.ts'
import type { Merging } from '../app/merging.ts'
import { Draft, type ReadRecord } from '../edits/draft.ts'
import { withoutTexts } from '../edits/texts.ts'
import { retakeExternal } from '../external/take-external.ts'
import { type Change, type LogEntry, versionBy } from '../log/log.ts'
import { recordKey, type StoredRecord } from '../records/record.ts'
import { REVERT_ACTOR } from '../records/version-vector.ts'
import { redoEdit } from './redo.ts'
import { rewind, rewinder } from './rewind.ts'

/** The outcome of the log without one of its edits. */
export type Replayed = {
  /** The records that may be others now. */
  readonly records: ReadonlyMap<string, { ref: RecordRef; record: StoredRecord | undefined }>
  /** Later edits that are no longer possible, in order, and why. */
  readonly dependents: readonly { edit: LogEntry; error: WireError }[]
}

export type RecordRef = { readonly collection: string; readonly id: string }

/**
 * Replays what came after an edit as if the edit had not been made.
 *
 *   entries     refused ---- e1 ---- e2 ---- e3 ---- head
 *   rewound     <---------------------------------- the records now, taken back change by change
 *   replayed    ----------- e1' ------------ e3' --> the records without it; e2 touches none that differ
 *
 * An entry that is done again finds a record as it was replayed so far, and one that was not touched by that as
 * it was before the entry.
 *
 * - Only entries that touch a record which differs are done again: a client's edit by its steps and its effects,
 *   an external change by the external merge.
 * - An edit that is no longer possible is left out, as a whole, and replayed without in its turn. A record that it
 *   made is lost, and later edits that mean it are not possible either, whatever bears its id by now.
 * - An external change always stands, because Postgres has it; of one that is refused only its repairs are undone.
 * - A value that comes to light counts as written before the refused edit: the log does not keep by whom.
 * - What an entry has become is a correction, if Postgres or another undoing would do something else by it.
 *
 * @param later every entry after it that stands
 * @param corrections gathers what becomes of each entry
 * @param unsent entries after a seq that Postgres may not have had, as they stand
 */
export function replayWithout(
  refused: LogEntry,
  later: readonly LogEntry[],
  world: { application: Application; epoch: string; read: ReadRecord; merging: Merging },
  corrections: Map<number, LogEntry>,
  unsent: (after: number) => readonly LogEntry[],
): Replayed {
  const { application, epoch, merging } = world
  const held = { actor: REVERT_ACTOR, n: 0, seq: refused.seq - 1 }
  const readFrom = later
    .flatMap(({ external = [] }) => external)
    .reduce((from, row) => Math.min(from, row.seen), refused.seq)
  const earlier = readFrom < refused.seq ? unsent(readFrom).filter(({ seq }) => seq < refused.seq) : []
  const read: ReadRecord = (collection, id) => withoutTexts(world.read(collection, id))
  const readBefore = rewinder([refused, ...later], read, held, earlier)
  const records = new Map<string, { ref: RecordRef; record: StoredRecord | undefined }>()
  /** Where the records that entries mean were never made. */
  const lost = new Set<string>()
  const dependents: { edit: LogEntry; error: WireError }[] = []

  const readAt = (seq: number): ReadRecord => {
    const untouched = readBefore(seq)
    return (collection, id) => {
      const known = records.get(recordKey(collection, id))
      return known ? known.record : untouched(collection, id)
    }
  }
  const keep = ({ collection, id }: RecordRef, record: StoredRecord | undefined) => {
    records.set(recordKey(collection, id), { ref: { collection, id }, record })
  }
  const leaveOut = ({ seq, changes }: LogEntry) => {
    for (const change of changes) {
      const record = readAt(seq)(change.collection, change.id)
      keep(change, record)
      if (change.kind === 'delete') lost.delete(keyOf(change))
      // A record that was not brought back because it never went is the one that was meant.
      else if (change.kind === 'insert' && !(change.revives && record && !record.deleted))
        lost.add(keyOf(change))
    }
  }

  if (refused.external) {
    for (const repair of [...(refused.repairs ?? [])].reverse()) {
      const row = refused.external.find((candidate) => keyOf(candidate) === keyOf(repair))
      const earlier = row && !row.replaces ? unsent(row.seen).filter(({ seq }) => seq < refused.seq) : []
      const record = readAt(refused.seq + 1)(repair.collection, repair.id)
      keep(repair, rewind(record, withoutWritten(repair, earlier), held))
    }
    corrections.set(refused.seq, { ...refused, repairs: [] })
  } else {
    leaveOut(refused)
    corrections.set(refused.seq, { ...refused, changes: [] })
  }
  for (const entry of later) {
    if (!places(entry).some((ref) => records.has(keyOf(ref)))) continue
    const { seq, external } = entry
    const draft = new Draft(versionBy(entry), readAt(seq), merging)
    let now: LogEntry
    if (external) {
      const seen = Math.min(...external.map((row) => row.seen))
      const earlier = () => unsent(seen).filter((candidate) => candidate.seq < seq)
      now = retakeExternal(draft, application.manifest, { ...entry, external }, epoch, earlier)
    } else {
      const reason = redoEdit(draft, application, entry, (change) => lost.has(keyOf(change)))
      if (reason) {
        const error = dependsOn(reason)
        dependents.push({ edit: entry, error })
        leaveOut(entry)
        corrections.set(seq, { ...entry, changes: [], undone: error })
        continue
      }
      const changes = draft.changes()
      const steps = entry.steps ?? draft.steps(changes)
      now = { ...entry, changes, ...(steps && { steps }) }
    }
    for (const ref of entry.changes) keep(ref, readAt(seq)(ref.collection, ref.id))
    for (const record of draft.records()) keep(record, record)
    for (const ref of entry.changes) if (ref.kind !== 'update') lost.delete(keyOf(ref))
    for (const row of external ?? []) if (row.kind === 'insert') lost.delete(keyOf(row))
    if (essence(now) !== essence(entry)) corrections.set(seq, now)
  }
  return { records, dependents }
}

/** Columns whose last writer was a client hold its value in Postgres, with or without the repair. */
function withoutWritten(repair: Change, earlier: readonly LogEntry[]): Change {
  if (repair.kind !== 'update') return repair
  const { adds = {} } = repair
  const written = new Set<string>()
  for (const { external, changes } of earlier) {
    if (external?.some((row) => row.replaces && keyOf(row) === keyOf(repair))) written.clear()
    for (const change of changes) {
      if (change.kind !== 'update' || keyOf(change) !== keyOf(repair)) continue
      for (const column of Object.keys(change.after)) {
        if (external) written.delete(column)
        else written.add(column)
      }
    }
  }
  const before = Object.fromEntries(
    Object.entries(repair.before).filter(([column]) => adds[column] !== undefined || !written.has(column)),
  )
  return { ...repair, before }
}

function dependsOn({ message, ref }: WireError): WireError {
  const sentence = `It depends on an edit that was undone: ${message}`
  return wireError('depends-on-reverted', sentence, ref === undefined ? {} : { ref })
}

function keyOf({ collection, id }: RecordRef): string {
  return recordKey(collection, id)
}

function places({ changes, external, steps = [] }: LogEntry): RecordRef[] {
  return external ? [...external, ...changes] : [...changes, ...steps]
}

/** What undoing and Postgres go by. The sum that a delta met is not part of it, nor what its author had in sight. */
function essence({ changes, external, repairs }: LogEntry): string {
  return JSON.stringify([changes.map(withoutSums), external, repairs])
}

function withoutSums(change: Change): unknown {
  if (change.kind !== 'update') return change
  const { base: _, ...told } = change
  const { before, after, adds } = told
  if (!adds) return told
  const sums = Object.keys(adds).filter((name) => before[name] !== null)
  const without = (row: Readonly<Record<string, unknown>>) =>
    Object.entries(row).filter(([name]) => !sums.includes(name))
  return { ...told, before: without(before), after: without(after) }
}
