import { useEffect, useSyncExternalStore } from 'react'
import type { Connection } from '../api/types.ts'
import type { Mark, Marks } from '../marks/marks.ts'

/**
 * Asks before the page is left while own edits are nowhere but in it, and tells how many.
 *
 * @param also something else would be lost with the page, such as what is typed and not sent
 * @example const unsent = useUnsavedGuard(db, isTyping)
 */
export function useUnsavedGuard({ connection }: { readonly connection: Connection }, also = false): number {
  const unsent = useSyncExternalStore(
    connection.subscribe,
    () => connection.getSnapshot().unsent ?? 0,
    () => 0,
  )
  const isUnsaved = unsent > 0 || also
  useEffect(() => {
    if (!isUnsaved) return undefined
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [isUnsaved])
  return unsent
}

/**
 * Renders how far own edits about something have come, or those of one field of it.
 *
 * @example const mark = useMark(marks, id, 'notes')
 */
export function useMark(marks: Marks, about: string, field?: string): Mark {
  return useSyncExternalStore(
    marks.subscribe,
    () => marks.get(about, field),
    () => '',
  )
}
