import { useEffect, useId, useReducer, useRef, useState } from 'react'
import type { Check } from '../../../checks.ts'
import { useSession } from '../session/use-session.ts'
import { type DraftView, reduceDraft, shorten, toSave, viewDraft } from './draft.ts'

export type DraftField = DraftView & {
  readonly isTyping: boolean
  /** Why what was typed is not saved. */
  readonly problem: string | undefined
  type(text: string): void
  /** Ends the typing and saves what it changed; what cannot be saved stays typed. */
  save(): void
  /** Ends the typing and follows the data again. */
  discard(): void
}

/** A field that follows `current` until someone types into it, and from then on keeps what they type. */
export function useDraft(current: string, onSave: (text: string) => void, check?: Check): DraftField {
  const { drafts, notices } = useSession()
  const name = useId()
  const [draft, dispatch] = useReducer(reduceDraft, undefined)
  const [problem, setProblem] = useState<string>()
  const unsaved = toSave(draft, current)
  const why = unsaved === undefined ? undefined : check?.(unsaved)
  const save = () => {
    setProblem(why)
    if (why !== undefined) return
    dispatch({ type: 'ended' })
    if (unsaved !== undefined) onSave(unsaved)
  }
  // A field can go away under the person's hands, by the back button: what they typed is saved, or they are told.
  const leave = useRef(save)
  useEffect(() => {
    leave.current = () => {
      if (why === undefined) save()
      else notices.say(`“${shorten(draft?.text ?? '')}” was not saved. ${why}`)
    }
  })
  useEffect(() => () => leave.current(), [])
  const isUnsaved = unsaved !== undefined
  useEffect(() => {
    drafts.mark(name, isUnsaved)
    return () => drafts.mark(name, false)
  }, [drafts, name, isUnsaved])
  return {
    ...viewDraft(draft, current),
    isTyping: draft !== undefined,
    problem,
    type(text) {
      setProblem(undefined)
      dispatch({ type: 'typed', text, current })
    },
    save,
    discard() {
      setProblem(undefined)
      dispatch({ type: 'ended' })
    },
  }
}
