import type { EditHandle } from '../api/edit-handle.ts'
import type { Edits, Mark } from './reduce-edits.ts'
import { type MarkEvent, markOf, NO_EDITS, reduceEdits } from './reduce-edits.ts'

export type { Mark }

/** The marks of this page's own edits, which say how far they have come, by whatever they are about: a record, or one field of it. */
export type Marks = {
  /** Calls after every change. Returns how to stop. */
  subscribe(listener: () => void): () => void
  /** The mark of what edits were about: of several the least advanced shows; '' where there was none, or it failed. */
  get(about: string, field?: string): Mark
  /**
   * Follows an edit over both of its lines. The same edit again, so that it can be made and followed at once.
   *
   * @param about such as the id of a record
   * @param field the one field that the edit is of, if it is of one
   */
  follow<Handle extends EditHandle>(edit: Handle, about: string, field?: string): Handle
}

/** Makes marks, which know of every edit that they are told to follow. */
export function createMarks(): Marks {
  const listeners = new Set<() => void>()
  const edits = new Map<string, Edits>()
  const editsOf = (key: string) => edits.get(key) ?? NO_EDITS
  const put = (keys: readonly string[], event: MarkEvent) => {
    for (const key of keys) edits.set(key, reduceEdits(editsOf(key), event))
    for (const listener of [...listeners]) listener()
  }
  const follow = async ({ accepted, committed }: EditHandle, keys: readonly string[]) => {
    put(keys, { type: 'made' })
    if (!(await accepted).ok) return put(keys, { type: 'failed', from: 'saving' })
    put(keys, { type: 'accepted' })
    put(keys, (await committed).ok ? { type: 'committed' } : { type: 'failed', from: 'saved' })
  }
  return {
    subscribe(listener) {
      const own = () => listener()
      listeners.add(own)
      return () => listeners.delete(own)
    },
    get: (about, field) => markOf(editsOf(keyOf(about, field))),
    follow(edit, about, field) {
      // Its promises resolve, whatever happens.
      void follow(edit, [keyOf(about), ...(field === undefined ? [] : [keyOf(about, field)])])
      return edit
    },
  }
}

/** No id has a line break in it. */
function keyOf(about: string, field?: string): string {
  return field === undefined ? about : `${about}\n${field}`
}
