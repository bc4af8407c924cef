import { type KeyboardEvent, useId } from 'react'
import type { Check } from '../../../checks.ts'
import { FieldConflict } from '../conflicts/field-conflict.tsx'
import { useMark } from '../data/use-mark.ts'
import { FieldPeople } from '../presence/field-people.tsx'
import { type FieldPlace, useFieldPresence } from '../presence/use-field-presence.ts'
import { shorten } from './draft.ts'
import { FieldLabel } from './field-label.tsx'
import { useDraft } from './use-draft.ts'

type Props = {
  label: string
  testId: string
  /** The record and the column that the field shows. */
  at: FieldPlace
  value: string
  /** `lines` is a text of several lines: Enter saves, Shift+Enter begins a new one. */
  kind: 'line' | 'lines' | 'date'
  readOnly: boolean
  onSave: (text: string) => void
  /** Why a text cannot be saved. It stays typed until it can. */
  check?: Check
  /** How a value reads in the hint about a change elsewhere. */
  words?: (value: string) => string
}

/** A field that is saved on Enter or when it is left. Escape gives up what was typed. */
export function TextField(props: Props) {
  const { label, testId, at, value, kind, readOnly, onSave, check, words = same } = props
  const id = useId()
  const mark = useMark(at.id, at.field)
  const draft = useDraft(value, onSave, check)
  const { people, moved, left } = useFieldPresence(at)
  const shared = {
    id,
    readOnly,
    value: draft.text,
    'data-testid': testId,
    'aria-invalid': draft.problem !== undefined,
    'aria-describedby': `${id}-problem ${id}-hint ${id}-mark`,
    onChange: (event: { target: { value: string } }) => draft.type(event.target.value),
    // Whoever only reads does not write here.
    ...(!readOnly && { onFocus: moved, onSelect: moved }),
    onBlur: () => {
      left()
      draft.save()
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Escape' && draft.isTyping) {
        // The first Escape is the field's, the next that of the drawer around it.
        event.preventDefault()
        draft.discard()
      }
      if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
      event.preventDefault()
      draft.save()
    },
  }
  return (
    <div className={people.length > 0 ? 'field field-taken' : 'field'}>
      <FieldLabel id={id} label={label} testId={testId} mark={mark} />
      {kind === 'lines' ? (
        <textarea rows={3} {...shared} />
      ) : (
        <input type={kind === 'date' ? 'date' : 'text'} autoComplete="off" {...shared} />
      )}
      <FieldPeople people={people} label={label} testId={testId} />
      <FieldConflict at={at} testId={testId} />
      <p id={`${id}-problem`} className="problem" role="status" data-testid={`${testId}-problem`}>
        {draft.problem}
      </p>
      <p id={`${id}-hint`} className="elsewhere" role="status" data-testid={`${testId}-elsewhere`}>
        {draft.elsewhere !== undefined &&
          `Changed elsewhere to “${shorten(words(draft.elsewhere))}”. Saving keeps yours, Esc takes theirs.`}
      </p>
    </div>
  )
}

const same = (text: string) => text
