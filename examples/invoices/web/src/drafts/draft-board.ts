/** What was typed into a form and not sent, by field. What the form proposes by itself is not in it. */
export type FormDraft = Readonly<Record<string, string>>

export type DraftBoard = {
  subscribe(notify: () => void): () => void
  /** The draft of a form; the same object until it changes. */
  form(name: string): FormDraft
  /** Keeps the draft of a form, also when the form is left; an empty one is let go. */
  keep(name: string, draft: FormDraft): void
  /** A field that saves itself when it is left holds, or no longer holds, text that is not saved. */
  mark(field: string, isUnsaved: boolean): void
  /** Forms and fields with text that is nowhere but here. */
  count(): number
}

const EMPTY: FormDraft = Object.freeze({})

/** What the person has typed and not sent since they signed in. */
export function createDraftBoard(): DraftBoard {
  const listeners = new Set<() => void>()
  const forms = new Map<string, FormDraft>()
  const fields = new Set<string>()
  const tell = () => {
    for (const notify of listeners) notify()
  }
  return {
    subscribe(notify) {
      listeners.add(notify)
      return () => listeners.delete(notify)
    },
    form: (name) => forms.get(name) ?? EMPTY,
    keep(name, draft) {
      if (Object.keys(draft).length > 0) forms.set(name, draft)
      else forms.delete(name)
      tell()
    },
    mark(field, isUnsaved) {
      if (fields.has(field) === isUnsaved) return
      if (isUnsaved) fields.add(field)
      else fields.delete(field)
      tell()
    },
    count: () => fields.size + [...forms.values()].filter(holdsText).length,
  }
}

/** A field that was only emptied holds nothing that could be lost. */
export function holdsText(draft: FormDraft): boolean {
  return Object.values(draft).some((text) => text !== '')
}

/** A draft after more was typed: only what differs from what the form proposes. */
export function typeInto(draft: FormDraft, typed: Partial<FormDraft>, proposed: FormDraft): FormDraft {
  return Object.fromEntries(
    Object.entries({ ...draft, ...typed }).flatMap(([field, text]) =>
      text === undefined || text === proposed[field] ? [] : [[field, text]],
    ),
  )
}
