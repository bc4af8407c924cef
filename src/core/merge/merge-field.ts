import type { FieldOp } from '../../protocol/edit.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Column } from '../../protocol/manifest.ts'
import type { Value } from '../../protocol/value.ts'
import type { Conflict } from '../log/log.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import { checkValue } from '../records/validate.ts'
import { sameValue } from '../records/value.ts'
import type { Version } from '../records/version-vector.ts'
import { mergeExternal } from './external.ts'
import { isExtreme } from './extreme.ts'
import { merge, mergeEffect } from './merge.ts'
import { applied, kindOf, type Meeting, type Merged } from './policy.ts'

/** One field of a record, and the version that a write gives it. */
export type Field = { readonly record: StoredRecord; readonly column: Column; readonly version: Version }

/** A write that comes to a field. `concurrent`: its author had not seen the value that is there. */
export type FieldWrite = { readonly concurrent: boolean } & (
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
  const merged = mergeValue(column, current, write)
  if (merged.outcome === 'rejected') return refused(column, merged)
  const theirs = sideOf(versionOf(record, column.name), current)
  const ours = sideOf(version, write.by === 'postgres' ? write.after : givenBy(write.op))
  if (merged.outcome === 'kept') {
    if (isExtreme(kindOf(column.policy))) return { outcome: 'kept' }
    return { outcome: 'kept', conflict: { ...aboutField(field), winner: theirs, loser: ours } }
  }
  const { value, add = delta } = merged
  const invalid = write.by === 'postgres' ? undefined : checkValue(column, value)
  if (invalid) return refused(column, invalid)
  const isOther = write.by !== 'postgres' && 'set' in write.op && !sameValue(write.op.set, value)
  return {
    outcome: 'applied',
    value,
    ...(add !== undefined && { delta: add }),
    ...(isOther && { given: write.op.set }),
    ...(merged.conflict && { conflict: { ...aboutField(field), winner: ours, loser: theirs } }),
  }
}

function mergeValue(
  { policy }: Column,
  current: Value,
  write: FieldWrite,
): Merged & { readonly add?: number } {
  const { concurrent } = write
  switch (write.by) {
    case 'client':
      return merge(policy, { current, incoming: write.op, concurrent })
    case 'effect':
      return mergeEffect(policy, { current, incoming: write.op, concurrent })
    case 'accepted': {
      const { op, before } = write
      const meeting: Meeting = { current, incoming: op, concurrent }
      // Its steps and its effects were lawful one by one, which the move from the first to the last need not be.
      // What a greatest value was given counts beside what it met, and may be less.
      if ('set' in op && !isExtreme(kindOf(policy)) && sameValue(current, before)) return applied(op.set)
      return policy.kind === 'effect' ? mergeEffect(policy, meeting) : merge(policy, meeting)
    }
    case 'postgres':
      return mergeExternal(policy, { current, before: write.before, after: write.after, concurrent })
  }
}

function deltaOf(write: FieldWrite): number | undefined {
  return write.by !== 'postgres' && 'add' in write.op ? write.op.add : undefined
}

function givenBy(op: FieldOp): Value {
  return 'set' in op ? op.set : op.add
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
