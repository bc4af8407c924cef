import { useSyncExternalStore } from 'react'
import { useSession } from '../session/use-session.ts'
import { holdsText } from './draft-board.ts'

/** How many forms and fields hold text that was not sent. */
export function useDraftCount(): number {
  const { drafts } = useSession()
  return useSyncExternalStore(drafts.subscribe, drafts.count)
}

/** Whether a form holds text that was not sent. */
export function useHasDraft(form: string): boolean {
  const { drafts } = useSession()
  return useSyncExternalStore(drafts.subscribe, () => holdsText(drafts.form(form)))
}
