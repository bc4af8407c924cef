import { parseMoney } from '../invoices/money.ts'

/** What the form for a new invoice holds, as typed. */
export type NewInvoiceText = { number: string; contactId: string; total: string; dueOn: string }

type NewInvoiceValues = { number: string; contactId: string; totalCents: number; dueOn: string | null }

/** A sentence per field that cannot be saved as it is. */
export type Problems = Partial<Record<keyof NewInvoiceText, string>>

export type Checked = { ok: true; values: NewInvoiceValues } | { ok: false; problems: Problems }

export function checkNewInvoice(text: NewInvoiceText, currency: string): Checked {
  const number = text.number.trim()
  const totalCents = parseMoney(text.total, currency)
  const problems: Problems = {
    ...(number === '' && { number: 'Give the invoice a number.' }),
    ...(text.contactId === '' && { contactId: 'Choose who the invoice is for.' }),
    ...(totalCents === undefined && { total: 'Enter an amount above nothing, such as 120.50.' }),
  }
  if (totalCents === undefined || Object.keys(problems).length > 0) return { ok: false, problems }
  const { contactId, dueOn } = text
  return { ok: true, values: { number, contactId, totalCents, dueOn: dueOn === '' ? null : dueOn } }
}
