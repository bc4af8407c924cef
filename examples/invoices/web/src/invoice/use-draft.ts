import { useEffect, useId, useReducer, useRef } from 'react'
import { useSession } from '../session/use-session.ts'
import { type DraftView, reduceDraft, toSave, viewDraft } from './draft.ts'

export type DraftField = DraftView & {
  type(text: string): void
  /** Ends the typing and saves what it changed. */
  save(): void
  /** Ends the typing and follows the data again. */
  discard(): void
}

/** A field that follows `current` until someone types into it, and from then on keeps what they type. */
export function useDraft(current: string, onSave: (text: string) => void): DraftField {
  const { drafts } = useSession()
  const name = useId()
  const [draft, dispatch] = useReducer(reduceDraft, undefined)
  const save = () => {
    const text = toSave(draft, current)
    dispatch({ type: 'ended' })
    if (text !== undefined) onSave(text)
  }
  // A field can go away under the person's hands, by the back button: what they typed is saved.
  const leave = useRef(save)
  useEffect(() => {
    leave.current = save
  })
  useEffect(() => () => leave.current(), [])
  const isUnsaved = toSave(draft, current) !== undefined
  useEffect(() => {
    drafts.mark(name, isUnsaved)
    return () => drafts.mark(name, false)
  }, [drafts, name, isUnsaved])
  return {
    ...viewDraft(draft, current),
    type: (text) => dispatch({ type: 'typed', text, current }),
    save,
    discard: () => dispatch({ type: 'ended' }),
  }
}
