import type { FieldOp } from '../../protocol/edit.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Column } from '../../protocol/manifest.ts'
import type { Value } from '../../protocol/value.ts'
import type { SafeMerge } from '../app/merging.ts'
import type { Base } from '../log/base-of.ts'
import type { Conflict, ConflictSide } from '../log/log.ts'
import { itemVersions, type MetItems } from '../records/items.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import { checkValue } from '../records/validate.ts'
import { sameValue } from '../records/value.ts'
import type { Version } from '../records/version-vector.ts'
import { mergeChangedText } from '../text/merge-texts.ts'
import { mergeExternal } from './external.ts'
import { isExtreme } from './extreme.ts'
import type { ItemMeeting } from './item-set.ts'
import { merge, mergeEffect } from './merge.ts'
import { mergeBy } from './merge-by.ts'
import { applied, givenBy, kindOf, type Merged } from './policy.ts'

/** One field of a record, and the version that a write gives it. */
export type Field = {
  readonly record: StoredRecord
  readonly column: Column
  readonly version: Version
  /** The application's function, for a column that has one. */
  readonly merge?: SafeMerge | undefined
}

/**
 * The bases of two authors who have not seen each other's write; `ours` is the one whose write comes. They are in
 * the log, so they are read only where they matter.
 */
export type BothBases = { readonly ours: () => Base; readonly theirs: () => Base }

/**
 * A write that comes to a field. `concurrent`: its author had not seen the value that is there. Without `bases` it
 * is not known what anybody had in sight. `hasSeen` says of a set's items one by one whether its author had seen
 * them; without it, it had.
 */
export type FieldWrite = {
  readonly concurrent: boolean
  readonly bases?: BothBases
  readonly hasSeen?: (version: Version) => boolean
} & (
  | { readonly by: 'client' | 'effect'; readonly op: FieldOp }
  /** An accepted edit is done again, after its records were left differently; then the field held `before`. */
  | { readonly by: 'accepted'; readonly op: FieldOp; readonly before: Value }
  /** Postgres has the write already: it held `before` and holds `after`. */
  | { readonly by: 'postgres'; readonly before: Value; readonly after: Value }
)

/** The outcome for the field. `delta` is set where the write counts as one, for Postgres. */
export type FieldMerged =
  | {
      readonly outcome: 'applied'
      readonly value: Value
      readonly delta?: number
      /** What was given, where the field has come to something else by its policy. */
      readonly given?: Value
      /** What its author had in sight, where the write was concurrent and the policy takes one of two values. */
      readonly base?: { readonly known: Base }
      /** What it was to a set, and what of it its author had seen. */
      readonly items?: MetItems & { readonly hasSeen: (version: Version) => boolean }
      readonly conflict?: Conflict
    }
  | { readonly outcome: 'kept'; readonly conflict?: Conflict }
  | { readonly outcome: 'rejected'; readonly error: WireError }

/**
 * Merges a write into a field: the value, the conflict if one of two values loses unseen, or the refusal.
 * Everything that writes a field of an existing record does so by this: clients' edits and their effects,
 * edits that are carried into a new log or done again without an earlier one, and changes made in Postgres.
 *
 * | by       | the policy                                              | refused                      |
 * |----------|---------------------------------------------------------|------------------------------|
 * | client   | judges it                                               | by the policy, or its column |
 * | effect   | says whether it is set or added to, and guards nothing  | the same                     |
 * | accepted | judges it where the field is not what the edit met then | the same                     |
 * | postgres | judges it where it is concurrent                        | never: Postgres is the truth |
 *
 * Whoever calls knows who has seen what, and that the record lives: a write that meets a deleted one is
 * about the record as a whole.
 */
export function mergeField(field: Field, write: FieldWrite): FieldMerged {
  const { record, column, version } = field
  if (record.deleted) throw new Error(`"${record.id}" is deleted, so nothing merges into its fields`)
  const current = record.row[column.name] ?? null
  const delta = deltaOf(write)
  const merged = mergeValue(field, current, write)
  if (merged.outcome === 'rejected') return refused(column, merged)
  const theirs = sideOf(versionOf(record, column.name), current)
  const ours = sideOf(version, write.by === 'postgres' ? write.after : givenBy(write.op))
  if (merged.outcome === 'kept') {
    if (isExtreme(kindOf(column.policy))) return { outcome: 'kept' }
    const conflict = { ...aboutField(field), winner: theirs, loser: ours, ...baseOf(write.bases?.ours()) }
    return { outcome: 'kept', conflict }
  }
  const { value, add = delta, items } = merged
  const invalid = write.by === 'postgres' ? undefined : checkValue(column, value)
  if (invalid) return refused(column, invalid)
  // What a set or a text comes to is what was done to it: it is the difference that is done again.
  const isDone = items !== undefined || column.policy.kind === 'text'
  const isOther = write.by !== 'postgres' && 'set' in write.op && !isDone && !sameValue(write.op.set, value)
  return {
    outcome: 'applied',
    value,
    ...(items && { items: { ...items, hasSeen: write.hasSeen ?? (() => true) } }),
    ...(add !== undefined && { delta: add }),
    ...(isOther && { given: write.op.set }),
    ...(isDecided(column, write, merged.conflict) && { base: { known: write.bases?.ours() } }),
    ...(merged.conflict && { conflict: conflictOf(field, write, value, { ours, theirs }) }),
  }
}

/** Of two values the one that the field did not come to is the loser; where it came to neither, the one that was there. */
function conflictOf(
  field: Field,
  { bases }: FieldWrite,
  value: Value,
  { ours, theirs }: Readonly<Record<'ours' | 'theirs', ConflictSide>>,
): Conflict {
  const about = aboutField(field)
  if (sameValue(value, theirs.value))
    return { ...about, winner: theirs, loser: ours, ...baseOf(bases?.ours()) }
  const result = sameValue(value, ours.value) ? {} : { result: value }
  return { ...about, winner: ours, loser: theirs, ...baseOf(bases?.theirs()), ...result }
}

/** Whether the write was concurrent, and the policy takes one of two values. */
function isDecided({ policy }: Column, { concurrent }: FieldWrite, isConflict: boolean): boolean {
  const kind = kindOf(policy)
  // Of a text both are there, but where a whole one was set.
  if (kind === 'text') return isConflict
  return concurrent && kind !== 'counter' && kind !== 'set' && !isExtreme(kind)
}

function baseOf(base: Base): Pick<Conflict, 'base'> {
  return base ? { base: base.value } : {}
}

function mergeValue(
  { record, column: { name, policy }, merge: by }: Field,
  current: Value,
  write: FieldWrite,
): Merged & { readonly add?: number } {
  const { concurrent, bases, hasSeen } = write
  const isUnseen =
    hasSeen && ((item: string) => itemVersions(record, name, item).some((one) => !hasSeen(one)))
  const meetingOf = (incoming: FieldOp): ItemMeeting => ({
    current,
    incoming,
    concurrent,
    isUnseen,
    base: bases?.ours,
  })
  switch (write.by) {
    case 'client':
      if (policy.kind === 'merge') return mergeBy(by, bases?.ours, meetingOf(write.op))
      return merge(policy, meetingOf(write.op))
    case 'effect':
      return mergeEffect(policy, meetingOf(write.op))
    case 'accepted': {
      const { op, before } = write
      const meeting = meetingOf(op)
      if (policy.kind === 'merge') return mergeBy(by, bases?.ours, meeting)
      // Its steps and its effects were lawful one by one, which the move from the first to the last need not be.
      // What a greatest value was given counts beside what it met, and may be less.
      if ('set' in op && !isExtreme(kindOf(policy)) && sameValue(current, before)) return applied(op.set)
      if (policy.kind === 'text' && 'set' in op) return applied(mergeChangedText(before, op.set, current))
      return policy.kind === 'effect' ? mergeEffect(policy, meeting) : merge(policy, meeting)
    }
    case 'postgres':
      return mergeExternal(policy, {
        current,
        before: write.before,
        after: write.after,
        concurrent,
        isUnseen,
        merge: by,
      })
  }
}

function deltaOf(write: FieldWrite): number | undefined {
  return write.by !== 'postgres' && 'add' in write.op ? write.op.add : undefined
}

function sideOf({ actor, n }: Version, value: Value): Conflict['winner'] {
  return { actor, n, value }
}

function aboutField({ record: { collection, id }, column: { name, policy }, version: { seq } }: Field) {
  return { seq, collection, id, field: name, policy: policy.kind }
}

function refused(
  { name }: Column,
  { code, message }: { readonly code: WireError['code']; readonly message: string },
): FieldMerged {
  return { outcome: 'rejected', error: wireError(code, message, { ref: name }) }
}
