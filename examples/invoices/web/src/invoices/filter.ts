import type { Contact, Invoice } from '../data/database.ts'
import { compareTexts, withEveryWord } from '../lists/words.ts'
import type { Status } from './status.ts'

/** What the list shows: of which status, or those that were deleted; and with which words. */
export type Filter = { readonly status: Status | 'all' | 'deleted'; readonly text: string }

/** An invoice with the name that belongs to its contact. */
export type Entry = { readonly invoice: Invoice; readonly contactName: string }

/** Invoices with their contacts' names, the highest number first. */
export function toEntries(invoices: readonly Invoice[], contacts: readonly Contact[]): Entry[] {
  const names = new Map(contacts.map((contact) => [contact.id, contact.name]))
  return invoices
    .map((invoice) => ({ invoice, contactName: names.get(invoice.contactId) ?? '' }))
    .sort((a, b) => compareTexts(b.invoice.number, a.invoice.number))
}

/** The entries of a status that have every word of the text in their number or contact. None of them is deleted. */
export function filterEntries(entries: readonly Entry[], { status, text }: Filter): readonly Entry[] {
  const ofStatus = status === 'all' ? entries : entries.filter(({ invoice }) => invoice.status === status)
  return withEveryWord(ofStatus, text, ({ invoice, contactName }) => `${invoice.number} ${contactName}`)
}

/** The number after the highest one, in the same form; `1` when there is none to follow. */
export function nextNumber(numbers: readonly string[]): string {
  const highest = [...numbers].sort(compareTexts).findLast((number) => /\d$/.test(number))
  const digits = highest?.match(/\d+$/)?.[0]
  if (highest === undefined || digits === undefined) return '1'
  const next = String(BigInt(digits) + 1n).padStart(digits.length, '0')
  return highest.slice(0, -digits.length) + next
}
