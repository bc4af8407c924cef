import { useQuery } from '@tidemark/client/react'
import { useSession } from '../session/use-session.ts'
import { usableCurrency } from './money.ts'

/** The currency the business works in. */
export function useCurrency(): string {
  const { db } = useSession()
  return usableCurrency(useQuery(db.businessProfile.all()).rows[0]?.currency)
}
