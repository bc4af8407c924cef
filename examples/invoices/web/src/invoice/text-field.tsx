import { type KeyboardEvent, useId } from 'react'
import { useDraft } from './use-draft.ts'

type Props = {
  label: string
  testId: string
  value: string
  /** `lines` is a text of several lines: Enter saves, Shift+Enter begins a new one. */
  kind: 'lines' | 'date'
  readOnly: boolean
  onSave: (text: string) => void
  /** How a value reads in the hint about a change elsewhere. */
  words?: (value: string) => string
}

/** A field that is saved on Enter or when it is left. Escape gives up what was typed. */
export function TextField({ label, testId, value, kind, readOnly, onSave, words = (text) => text }: Props) {
  const id = useId()
  const hintId = `${id}-hint`
  const draft = useDraft(value, onSave)
  const shared = {
    id,
    readOnly,
    value: draft.text,
    'data-testid': testId,
    'aria-describedby': hintId,
    onChange: (event: { target: { value: string } }) => draft.type(event.target.value),
    onBlur: draft.save,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Escape') draft.discard()
      if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
      event.preventDefault()
      draft.save()
    },
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {kind === 'lines' ? <textarea rows={3} {...shared} /> : <input type="date" {...shared} />}
      <p id={hintId} className="elsewhere" role="status" data-testid={`${testId}-elsewhere`}>
        {draft.elsewhere !== undefined &&
          `Changed elsewhere to “${shorten(words(draft.elsewhere))}”. Saving keeps yours, Esc takes theirs.`}
      </p>
    </div>
  )
}

function shorten(text: string): string {
  if (text === '') return 'nothing'
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
