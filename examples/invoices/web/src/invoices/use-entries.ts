import { useQuery } from '@tidemark/client/react'
import { useMemo } from 'react'
import { snapshotNote } from '../lists/snapshot-note.ts'
import { useSession } from '../session/use-session.ts'
import { type Entry, toEntries } from './filter.ts'

export type Entries = {
  readonly entries: readonly Entry[]
  readonly status: 'loading' | 'ready' | 'error'
  /** What to tell while there is nothing to show, or when something is wrong. */
  readonly note: string | undefined
}

/** All invoices with their contacts' names, live, the highest number first. */
export function useEntries(): Entries {
  const { db } = useSession()
  const invoices = useQuery(db.invoices.all())
  const contacts = useQuery(db.contacts.all())
  const entries = useMemo(() => toEntries(invoices.rows, contacts.rows), [invoices.rows, contacts.rows])
  return { entries, status: invoices.status, note: snapshotNote(invoices, 'invoices') }
}
