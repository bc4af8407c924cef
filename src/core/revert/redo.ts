import { type WireError, wireError } from '../../protocol/errors.ts'
import { type Application, findCollection } from '../app/application.ts'
import { isBuiltIn } from '../app/built-in.ts'
import { deletedByItself } from '../edits/apply-op.ts'
import type { Draft } from '../edits/draft.ts'
import { runEffect } from '../edits/effects.ts'
import { repeatBuiltIn } from '../edits/repeat-built-in.ts'
import { writeField } from '../edits/write-field.ts'
import { baseIn } from '../log/base-of.ts'
import { type Change, type LogEntry, opOf } from '../log/log.ts'
import type { StoredRecord } from '../records/record.ts'

type Update = Extract<Change, { kind: 'update' }>

/** A record by its place; undefined where there is none for this edit. */
type FindRecord = (change: Change) => StoredRecord | undefined

/**
 * Does an accepted edit again, on records that an earlier edit has left differently: its author's
 * steps by their policies, and its effects anew. Returns why that cannot be, if it cannot.
 *
 * @param isLost the edit means a record of this place that is not there any more, whatever is there now
 */
export function redoEdit(
  draft: Draft,
  application: Application,
  entry: LogEntry,
  isLost: (change: Change) => boolean,
): WireError | undefined {
  const find: FindRecord = (change) => {
    const record = draft.record(change.collection, change.id)
    return record?.birth !== draft.version && isLost(change) ? undefined : record
  }
  for (const step of entry.steps ?? entry.changes) {
    const error = redoStep(draft, application, step, find)
    if (error) return error
    const effect = step.kind === 'insert' && application.rules.get(step.collection)?.effects?.insert
    if (!effect || !entry.steps || step.revives) continue
    const refused = runEffect(effect, application.manifest, draft, step.after)
    if (refused) return refused
  }
  return undefined
}

function redoStep(
  draft: Draft,
  { manifest }: Application,
  step: Change,
  find: FindRecord,
): WireError | undefined {
  const { collection, id } = step
  if (isBuiltIn(collection)) {
    repeatBuiltIn(draft, step)
    return undefined
  }
  if (step.kind === 'insert') {
    const existing = draft.record(collection, id)
    if (!step.revives) {
      if (existing && !existing.deleted) return wireError('exists', `There is a record "${id}" already.`)
      // Its own delete met one that had been made before, and is undone.
      if (existing?.deleted === draft.version) return deletedByItself()
      draft.put({ collection, id, row: step.after, birth: draft.version, versions: {} })
    } else if (existing?.deleted) draft.revive(existing)
    return undefined
  }
  const record = find(step)
  // Somebody had deleted it as well.
  if (step.kind === 'delete' && record?.deleted) return undefined
  if (!record || record.deleted) return wireError('not-found', `There is no record "${id}".`)
  if (step.kind === 'update') return redoUpdate(draft, manifest, step, find)
  draft.remove(record)
  return undefined
}

function redoUpdate(
  draft: Draft,
  manifest: Application['manifest'],
  step: Update,
  find: FindRecord,
): WireError | undefined {
  const columns = findCollection(manifest, step.collection)?.columns
  for (const [name, after] of Object.entries(step.after)) {
    const record = find(step)
    const column = columns?.find((candidate) => candidate.name === name)
    if (!record || !column)
      throw new Error(`the log names "${step.collection}.${name}", which does not exist`)
    const before = step.before[name] ?? null
    const op = opOf(step, name, after)
    // Its author had seen what came before, the edit that is undone as well. But the application's function merges
    // once more what it has merged.
    const concurrent = column.policy.kind === 'merge' && step.base?.[name] !== undefined
    const bases = { ours: () => baseIn(step, name), theirs: () => undefined }
    const merged = writeField(draft, record, column, { by: 'accepted', op, before, concurrent, bases })
    if (merged.outcome === 'rejected') return merged.error
    if (merged.outcome === 'kept') throw new Error('nothing is concurrent with what is done again')
  }
  return undefined
}
