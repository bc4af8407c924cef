import type { Contact, Invoice } from '../data/database.ts'
import type { Status } from './status.ts'

export type Filter = { readonly status: Status | 'all'; readonly text: string }

/** An invoice with the name that belongs to its contact. */
export type Entry = { readonly invoice: Invoice; readonly contactName: string }

/** Numbers inside the text count as numbers, so that INV-10 comes after INV-9. */
const natural = new Intl.Collator('en', { numeric: true })

/** Invoices with their contacts' names, the highest number first. */
export function toEntries(invoices: readonly Invoice[], contacts: readonly Contact[]): Entry[] {
  const names = new Map(contacts.map((contact) => [contact.id, contact.name]))
  return invoices
    .map((invoice) => ({ invoice, contactName: names.get(invoice.contactId) ?? '' }))
    .sort((a, b) => natural.compare(b.invoice.number, a.invoice.number))
}

/** The entries of a status that have every word of the text in their number or contact. */
export function filterEntries(entries: readonly Entry[], { status, text }: Filter): readonly Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (status === 'all' && words.length === 0) return entries
  return entries.filter(({ invoice, contactName }) => {
    if (status !== 'all' && invoice.status !== status) return false
    const haystack = `${invoice.number} ${contactName}`.toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}

/** The number after the highest one, in the same form; `1` when there is none to follow. */
export function nextNumber(numbers: readonly string[]): string {
  const highest = [...numbers].sort(natural.compare).findLast((number) => /\d$/.test(number))
  const digits = highest?.match(/\d+$/)?.[0]
  if (highest === undefined || digits === undefined) return '1'
  const next = String(BigInt(digits) + 1n).padStart(digits.length, '0')
  return highest.slice(0, -digits.length) + next
}
