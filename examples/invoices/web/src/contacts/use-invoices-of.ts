import { useQuery } from '@tidemark/client/react'
import { useMemo } from 'react'
import type { Invoice } from '../data/database.ts'
import { useSession } from '../session/use-session.ts'
import { invoicesOf } from './contacts.ts'

/** The invoices of a contact, live, the highest number first. */
export function useInvoicesOf(contactId: string): { invoices: readonly Invoice[]; isReady: boolean } {
  const { db } = useSession()
  const { rows, status } = useQuery(db.invoices.all())
  const invoices = useMemo(() => invoicesOf(rows, contactId), [rows, contactId])
  return { invoices, isReady: status === 'ready' }
}
