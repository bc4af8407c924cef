import type { Op } from '../../../src/protocol/edit.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import type { PastChange } from '../../../src/protocol/history.ts'
import type { EditHandle, EditOptions } from '../api/edit-handle.ts'
import type { TextRules } from '../api/text-rules.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import type { Composer } from './composer.ts'
import { editLater } from './edit-later.ts'
import type { InverseOfText } from './inverse.ts'
import { NOTHING_DONE, refused } from './refused.ts'
import { takeBack } from './take-back.ts'

type MakeEdit = (compose: (composer: Composer) => void, options?: EditOptions) => EditHandle

const UNKNOWN = wireError(
  'bad-operation',
  'What was there before is not known here, because no live query held the record.',
)

const WRITTEN_SINCE = wireError('bad-operation', 'The text has been changed by others since.')

/** Takes an own edit back by another one, once. */
export function undoOf(
  entry: PendingEdit,
  changes: readonly (PastChange | undefined)[],
  makeEdit: MakeEdit,
): EditHandle['undo'] {
  let undone: EditHandle | undefined
  const make = (options?: EditOptions) => {
    if (entry.progress.is === 'failed') return refused(NOTHING_DONE)
    return makeEdit((composer) => {
      for (const change of [...changes].reverse()) {
        if (change) takeBack(composer, change, inverseOfText(composer.texts))
        else composer.refuse(UNKNOWN)
      }
    }, options)
  }
  const makeLater = (options?: EditOptions) =>
    editLater(async () => ((await entry.outcome.accepted).ok ? make(options) : NOTHING_DONE))
  const waits = entry.edit.durability !== undefined || entry.edit.ops.some(isDifference)
  return (options) => {
    undone ??= waits ? makeLater(options) : make(options)
    return undone
  }
}

/** What adds up would be off for good, should the edit that it takes back be refused. */
function isDifference(op: Op): boolean {
  return op.op === 'update' && Object.values(op.fields).some((field) => 'add' in field || 'text' in field)
}

/** What others have written since stays, where the page can tell it apart. */
function inverseOfText(rules: TextRules | undefined): InverseOfText {
  return (from, to, now) => {
    if (now === to || !rules) return now === to ? { set: from } : WRITTEN_SINCE
    const merged = rules.merge({
      current: now,
      incoming: { set: from },
      concurrent: true,
      base: () => ({ value: to }),
    })
    if (merged.outcome !== 'applied' || typeof merged.value !== 'string') return WRITTEN_SINCE
    return { text: rules.change(typeof now === 'string' ? now : '', merged.value) }
  }
}
