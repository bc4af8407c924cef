import { useQuery } from '@tidemark/client/react'
import { useMemo } from 'react'
import type { Contact } from '../data/database.ts'
import { snapshotNote } from '../lists/snapshot-note.ts'
import { useSession } from '../session/use-session.ts'
import { sortContacts } from './contacts.ts'

export type Contacts = {
  readonly contacts: readonly Contact[]
  readonly status: 'loading' | 'ready' | 'error'
  /** What to tell while there is nothing to show, or when something is wrong. */
  readonly note: string | undefined
}

/** All contacts, live, by name. */
export function useContacts(): Contacts {
  const { db } = useSession()
  const snapshot = useQuery(db.contacts.all())
  const contacts = useMemo(() => sortContacts(snapshot.rows), [snapshot.rows])
  return { contacts, status: snapshot.status, note: snapshotNote(snapshot, 'contacts') }
}
