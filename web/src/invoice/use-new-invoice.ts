import { useState } from 'react'
import { daysAfter, today } from '../invoices/dates.ts'
import { type Entry, nextNumber } from '../invoices/filter.ts'
import { goTo } from '../navigation/use-place.ts'
import { useSession } from '../session/use-session.ts'
import { checkNewInvoice, type NewInvoiceText, type Problems } from './new-invoice-values.ts'

/** Days a customer usually has to pay. */
const PAYMENT_DAYS = 30

/** The form for a new invoice: it proposes the next number until the person chooses one. */
export function useNewInvoice(entries: readonly Entry[], currency: string) {
  const { db, track } = useSession()
  const [typed, setTyped] = useState<Partial<NewInvoiceText>>({})
  const [problems, setProblems] = useState<Problems>({})
  const text: NewInvoiceText = {
    number: typed.number ?? nextNumber(entries.map(({ invoice }) => invoice.number)),
    contactId: typed.contactId ?? '',
    total: typed.total ?? '',
    dueOn: typed.dueOn ?? daysAfter(today(), PAYMENT_DAYS),
  }
  return {
    text,
    problems,
    change(part: Partial<NewInvoiceText>): void {
      setTyped({ ...typed, ...part })
    },
    create(): void {
      const checked = checkNewInvoice(text, currency)
      setProblems(checked.ok ? {} : checked.problems)
      if (!checked.ok) return
      const edit = db.invoices.insert(checked.values)
      track(`Invoice ${checked.values.number}`, edit.id, edit)
      goTo({ at: 'invoice', id: edit.id })
    },
  }
}
