import { useSyncExternalStore } from 'react'
import { useSession } from '../session/use-session.ts'
import { type FormDraft, holdsText, typeInto } from './draft-board.ts'

export type FormText<Text extends FormDraft> = {
  /** What the form shows: what was typed, else what is proposed. */
  readonly text: Text
  /** Whether leaving the page would lose something. */
  readonly isTyped: boolean
  change(part: Partial<Text>): void
  /** Lets go of what was typed: it was sent, or is not wanted any more. */
  drop(): void
}

/** The text of a form, kept while the person is elsewhere in the page. */
export function useFormDraft<Text extends FormDraft>(name: string, proposed: Text): FormText<Text> {
  const { drafts } = useSession()
  const draft = useSyncExternalStore(drafts.subscribe, () => drafts.form(name))
  return {
    text: { ...proposed, ...draft },
    isTyped: holdsText(draft),
    change: (part) => drafts.keep(name, typeInto(draft, part, proposed)),
    drop: () => drafts.keep(name, {}),
  }
}
