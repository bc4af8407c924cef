import { useQuery } from '@tidemark/client/react'
import { useMemo } from 'react'
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
  return { entries, status: invoices.status, note: noteOf(invoices) }
}

type Snapshot = {
  status: Entries['status']
  error?: { message: string }
  progress?: { stage: 'loading' | 'receiving'; done: number; total: number }
}

function noteOf({ status, error, progress }: Snapshot): string | undefined {
  if (error) return error.message
  if (status !== 'loading') return undefined
  if (!progress) return 'Loading invoices…'
  const { stage, done, total } = progress
  return `${stage === 'loading' ? 'Loading' : 'Receiving'} ${done} of ${total} invoices…`
}
