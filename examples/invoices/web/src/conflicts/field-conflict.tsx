import type { FieldPlace } from '../presence/use-field-presence.ts'
import { openInbox } from './inbox-state.ts'
import { useHasConflict } from './use-has-conflict.ts'

/** A word at a field in which a text was lost, and the way to both. */
export function FieldConflict({ at, testId }: { at: FieldPlace; testId: string }) {
  const isConflicted = useHasConflict({ collection: at.collection, record: at.id, field: at.field })
  if (!isConflicted) return null
  return (
    <button
      type="button"
      className="quiet field-conflict"
      data-testid={`${testId}-conflict`}
      // The field keeps the focus and what is typed in it until the click has come.
      onMouseDown={(event) => event.preventDefault()}
      onClick={openInbox}
    >
      Two people changed this: see both
    </button>
  )
}
