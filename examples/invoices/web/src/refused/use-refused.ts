import type { RefusedEdit } from '@tidemark/client'
import { useSyncExternalStore } from 'react'
import { useSession } from '../session/use-session.ts'

/** The person's edits that were refused and that they have not dealt with, the last one first. */
export function useRefused(): readonly RefusedEdit[] {
  const { refused } = useSession().db
  const { items } = useSyncExternalStore(refused.subscribe, refused.getSnapshot)
  return items.toReversed()
}
