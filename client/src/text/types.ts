import type { WireError } from '../../../src/protocol/errors.ts'
import type { Observable } from '../api/observable.ts'
import type { EditHandle, EditResult } from '../api/types.ts'
import type { TextSelection } from './selection.ts'

/** A text that is being edited, as it stands. */
export type TextSnapshot = {
  /** With everything that was typed here, and all that has come of others. */
  readonly text: string
  /** `loading` until there is a text; `error` where there is none to edit, and `error` says why. */
  readonly status: 'loading' | 'ready' | 'error'
  /** Why there is no text, or why what was typed last had no effect. */
  readonly error?: WireError
  /** Something that was typed here is not accepted yet. */
  readonly pending: boolean
  /** Where the selection that was last told has moved to. */
  readonly selection?: TextSelection
}

/** Options of `openText`. */
export type TextOptions = {
  /**
   * Is given each edit by which something that was typed here goes up, also the last one, that goes when nobody follows
   * the text any more: whoever shows how far edits have come follows these.
   */
  readonly onEdit?: (edit: EditHandle) => void
}

/**
 * A text that several write. It is followed while somebody subscribes to it; what was typed goes up in any case. Places
 * are UTF-16 units, as in a `textarea`.
 */
export type TextHandle = Observable<TextSnapshot> & {
  /** Makes the text another: what is different is what was typed. `selection`: where the caret is after it. */
  setText(text: string, selection?: TextSelection): void
  insert(at: number, text: string): void
  delete(at: number, count: number): void
  /** Tells what is selected, so that it can be followed. */
  select(selection: TextSelection): void
  /** Keeps the changes of others back, as while an input method composes. Returns how to go on. */
  hold(): () => void
  /** Sends what was typed at once, and resolves when all of it is accepted, or one of it is not. */
  flush(): Promise<EditResult | undefined>
  /** A selection as a text that means the same to others, however the text changes: to be told as presence. */
  encodeSelection(selection: TextSelection): string
  /** Where another's selection is in the text here; undefined where it is not known. */
  findSelection(encoded: string): TextSelection | undefined
}
