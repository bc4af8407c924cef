import { useSyncExternalStore } from 'react'
import { useSession } from '../session/use-session.ts'

type About = { readonly collection: string; readonly record: string; readonly field?: string }

/** Whether an open conflict is about a record, or about one field of it. */
export function useHasConflict({ collection, record, field }: About): boolean {
  const { db } = useSession()
  const open = db.conflicts.open()
  return useSyncExternalStore(open.subscribe, () =>
    open
      .getSnapshot()
      .items.some(
        (item) =>
          item.collection === collection &&
          item.record === record &&
          (field === undefined || item.field === field),
      ),
  )
}
