import { type Mark, type MarkEvent, type Marks, markOf, NO_MARKS, reduceMarks } from './marks.ts'

export type MarkBoard = {
  subscribe(notify: () => void): () => void
  /** The mark of a record; '' when this window has no edit of it. */
  get(id: string): Mark
  /** Edits that are nowhere but in this window. */
  unsaved(): number
  put(id: string, event: MarkEvent): void
}

/** The marks of all records that this window has edited since it signed in. */
export function createMarkBoard(): MarkBoard {
  const listeners = new Set<() => void>()
  const records = new Map<string, Marks>()
  let unsaved = 0
  return {
    subscribe(notify) {
      listeners.add(notify)
      return () => listeners.delete(notify)
    },
    get: (id) => markOf(records.get(id) ?? NO_MARKS),
    unsaved: () => unsaved,
    put(id, event) {
      const before = records.get(id) ?? NO_MARKS
      const after = reduceMarks(before, event)
      records.set(id, after)
      unsaved += after.saving - before.saving
      for (const notify of listeners) notify()
    },
  }
}
