import { useQuery } from '@tidemark/client/react'
import type { Profile } from '../data/database.ts'
import { snapshotNote } from '../lists/snapshot-note.ts'
import { useSession } from '../session/use-session.ts'

export type ProfileState = {
  readonly profile: Profile | undefined
  readonly status: 'loading' | 'ready' | 'error'
  readonly note: string | undefined
}

/** The one record of the business, live. */
export function useProfile(): ProfileState {
  const { db } = useSession()
  const snapshot = useQuery(db.businessProfile.all())
  return {
    profile: snapshot.rows[0],
    status: snapshot.status,
    note: snapshotNote(snapshot, 'business profile'),
  }
}
