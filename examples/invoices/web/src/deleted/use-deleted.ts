import { useNotifications } from '@tidemark/client/react'
import { useMemo } from 'react'
import type { Invoice } from '../data/database.ts'
import { useSession } from '../session/use-session.ts'
import { type Deleted, deletedOf } from './deleted.ts'

type DeletedState = {
  readonly deleted: readonly Deleted[]
  readonly status: 'loading' | 'ready' | 'error'
  readonly problem: string | undefined
  /** The person does not want to be told of them. */
  readonly isMuted: boolean
}

/** The invoices that were deleted, live. */
export function useDeleted(invoices: readonly Pick<Invoice, 'id'>[]): DeletedState {
  const { db } = useSession()
  const { items, archived, muted, status, error } = useNotifications(db)
  return {
    deleted: useMemo(() => deletedOf([...items, ...archived], invoices), [items, archived, invoices]),
    status,
    problem: error?.message,
    isMuted: muted.includes('invoice-deleted'),
  }
}
