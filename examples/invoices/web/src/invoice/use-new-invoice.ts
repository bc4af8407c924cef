import { useQuery } from '@tidemark/client/react'
import { useState } from 'react'
import { sortContacts } from '../contacts/contacts.ts'
import { NEW_INVOICE } from '../drafts/form-names.ts'
import { useFormDraft } from '../drafts/use-form-draft.ts'
import { daysAfter, today } from '../invoices/dates.ts'
import { type Entry, nextNumber } from '../invoices/filter.ts'
import { goTo } from '../navigation/use-route.ts'
import { useSession } from '../session/use-session.ts'
import { checkNewInvoice, type NewInvoiceText, type Problems } from './new-invoice-values.ts'

/** Days a customer usually has to pay. */
const PAYMENT_DAYS = 30

/** The form for a new invoice: it proposes the next number until the person chooses one. */
export function useNewInvoice(entries: readonly Entry[], currency: string) {
  const { db, track } = useSession()
  const [problems, setProblems] = useState<Problems>({})
  const {
    text: typed,
    isTyped,
    change,
    drop,
  } = useFormDraft<NewInvoiceText>(NEW_INVOICE, {
    number: nextNumber(entries.map(({ invoice }) => invoice.number)),
    contactId: '',
    total: '',
    dueOn: daysAfter(today(), PAYMENT_DAYS),
  })
  const contacts = sortContacts(useQuery(db.contacts.all()).rows)
  // The one that was chosen can be deleted meanwhile.
  const contactId = contacts.some(({ id }) => id === typed.contactId) ? typed.contactId : ''
  const text = { ...typed, contactId }
  return {
    text,
    contacts,
    isTyped,
    problems,
    change,
    discard(): void {
      setProblems({})
      drop()
    },
    create(): void {
      const checked = checkNewInvoice(text, currency)
      setProblems(checked.ok ? {} : checked.problems)
      if (!checked.ok) return
      const edit = db.invoices.insert(checked.values)
      drop()
      track(`Invoice ${checked.values.number}`, edit.id, edit)
      goTo({ at: 'invoice', id: edit.id })
    },
  }
}
