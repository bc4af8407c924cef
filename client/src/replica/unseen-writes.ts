import { sameValue } from '../../../src/core/records/value.ts'
import { seenUpTo } from '../../../src/core/records/version-vector.ts'
import type { Context, UpdateOp } from '../../../src/protocol/edit.ts'
import type { Collection } from '../../../src/protocol/manifest.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { TextRules } from '../api/text-rules.ts'
import type { LogPosition } from '../queue/pending-edit.ts'
import type { OwnOp } from './overlay.ts'
import { asUpdate, replay } from './replay-op.ts'

/** By field, the seq up to which it was seen before an own edit hid it; `id` is the whole record. */
export type UnseenWrites = Readonly<Record<string, number>>

/**
 * The part of a record that own edits hide. The rows move on beneath them, so the cursor alone would claim that
 * their author has seen what was never shown; should such an edit come to nothing, the next one would
 * overwrite that without a trace.
 *
 * @param own the own operations on it that its row lacks, in order
 * @param row the record as the server has told it, as of `base`
 */
export function unseenWrites(
  own: readonly OwnOp[],
  collection: Collection,
  row: Row | undefined,
  base: LogPosition,
  texts?: TextRules,
): UnseenWrites {
  const unseen = new Map<string, number>()
  let shown = row
  for (const { op: given, context } of own) {
    const op = given.op === 'insert' && given.upsert && shown ? asUpdate(given) : given
    shown = replay(collection, shown, op, texts)
    if (op.op === 'insert' || op.op === 'restore') continue
    for (const field of op.op === 'delete' ? ['id'] : setFields(op, shown)) {
      if (!unseen.has(field)) unseen.set(field, seenIn(base.epoch, context, op, field))
    }
  }
  // Where the log has not moved since, nothing came that could be hidden.
  return Object.fromEntries([...unseen].filter(([, seq]) => seq < base.seq))
}

/** The fields that show what the operation set them to. */
function setFields({ fields }: UpdateOp, shown: Row | undefined): string[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    'set' in field && sameValue(shown?.[name], field.set) ? name : [],
  )
}

/** A place in another log says nothing of this one. */
function seenIn(epoch: string, context: Context, op: Pick<UpdateOp, 'asOf'>, field: string): number {
  return context.epoch === epoch ? seenUpTo(context, op, field) : 0
}
