import type { ReactNode } from 'react'
import { DiscardButton } from './discard-button.tsx'

type Props = {
  /** What is made, in the names by which tests find its buttons. */
  readonly name: string
  readonly submit: string
  readonly isTyped: boolean
  readonly onSubmit: () => void
  readonly onDiscard: () => void
  readonly children: ReactNode
}

/** The form in which a new record is typed: its fields, what makes the record, and what empties the form again. */
export function DraftForm({ name, submit, isTyped, onSubmit, onDiscard, children }: Props) {
  return (
    <form
      className="detail"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      {children}
      <div className="form-actions">
        <button type="submit" className="primary" data-testid={`create-${name}`}>
          {submit}
        </button>
        {isTyped && <DiscardButton testId={`discard-${name}`} onDiscard={onDiscard} />}
      </div>
    </form>
  )
}
