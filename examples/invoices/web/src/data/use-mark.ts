import { useSyncExternalStore } from 'react'
import { useSession } from '../session/use-session.ts'
import type { Mark } from './marks.ts'

/** How far this window's edits of a record have come. */
export function useMark(recordId: string): Mark {
  const { marks } = useSession()
  return useSyncExternalStore(marks.subscribe, () => marks.get(recordId))
}

/** How many edits are nowhere but in this window. */
export function useUnsaved(): number {
  const { marks } = useSession()
  return useSyncExternalStore(marks.subscribe, marks.unsaved)
}
