import { useEffect, useRef } from 'react'
import { useSession } from '../session/use-session.ts'
import type { Notification } from './notification-words.ts'

/** Marks what is shown as seen, also what comes while it is shown. Each once: a refusal is not tried again. */
export function useMarkSeen(items: readonly Notification[]): void {
  const { db, track } = useSession()
  const marked = useRef(new Set<string>())
  useEffect(() => {
    const fresh = items.filter(({ id, state }) => state === 'unseen' && !marked.current.has(id))
    const [newest] = fresh
    if (!newest) return
    for (const { id } of fresh) marked.current.add(id)
    track('That you have looked', newest.id, db.notifications.markSeen(fresh))
  }, [items, db, track])
}
