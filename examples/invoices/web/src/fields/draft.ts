/**
 * What a person is typing into a field that others may change at the same time. While there is a
 * draft the field shows it, whatever arrives; without one it follows the data.
 */
export type Draft = {
  /** The field's value when the typing began. */
  readonly base: string
  readonly text: string
}

export type DraftEvent =
  | { readonly type: 'typed'; readonly text: string; readonly current: string }
  | { readonly type: 'ended' }

export type DraftView = {
  readonly text: string
  /** What the field was changed to elsewhere since the typing began, if that differs from the draft. */
  readonly elsewhere: string | undefined
}

export function reduceDraft(draft: Draft | undefined, event: DraftEvent): Draft | undefined {
  if (event.type === 'ended') return undefined
  return { base: draft?.base ?? event.current, text: event.text }
}

export function viewDraft(draft: Draft | undefined, current: string): DraftView {
  if (!draft) return { text: current, elsewhere: undefined }
  const elsewhere = current !== draft.base && current !== draft.text ? current : undefined
  return { text: draft.text, elsewhere }
}

/**
 * The text to save when the typing ends, or undefined when there is nothing to save: a draft that
 * went back to where it began must not undo what someone else did meanwhile.
 */
export function toSave(draft: Draft | undefined, current: string): string | undefined {
  if (!draft || draft.text === draft.base || draft.text === current) return undefined
  return draft.text
}

/** A text as it fits into a sentence. */
export function shorten(text: string): string {
  if (text.trim() === '') return 'nothing'
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
