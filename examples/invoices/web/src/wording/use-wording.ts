import { useQuery } from '@tidemark/client/react'
import { useCurrency } from '../invoices/use-currency.ts'
import { namesAmong, usePeople } from '../session/use-people.ts'
import { useSession } from '../session/use-session.ts'
import type { Wording } from './wording.ts'

/** What the words for changes, conflicts and notifications are made from, live. */
export function useWording(): Wording {
  const { db, person } = useSession()
  const known = usePeople()
  const { rows: contacts } = useQuery(db.contacts.all())
  const { rows: invoices } = useQuery(db.invoices.all())
  const names = namesAmong(known)
  return {
    currency: useCurrency(),
    contacts,
    invoices,
    self: person,
    nameOf: (subject) => names.find((one) => one.person === subject)?.name ?? subject,
  }
}
