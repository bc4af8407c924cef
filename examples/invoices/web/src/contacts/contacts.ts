import type { Contact, Invoice } from '../data/database.ts'
import { compareTexts, withEveryWord } from '../lists/words.ts'

/** Contacts by name; those of one name in the order of their ids. */
export function sortContacts<Row extends Contact>(contacts: readonly Row[]): Row[] {
  return contacts.toSorted((a, b) => compareTexts(a.name, b.name) || compareTexts(a.id, b.id))
}

/** The contacts that have every word of the text in their name, email or city. */
export function findContacts<Row extends Contact>(contacts: readonly Row[], text: string): readonly Row[] {
  return withEveryWord(contacts, text, ({ name, email, city }) => `${name} ${email} ${city}`)
}

/** A contact's name to show; the database may hold one without. */
export function nameOf({ name }: Contact): string {
  return name.trim() === '' ? 'Without a name' : name
}

/** The invoices of one contact, the highest number first. */
export function invoicesOf<Row extends Invoice>(invoices: readonly Row[], contactId: string): Row[] {
  return invoices
    .filter((invoice) => invoice.contactId === contactId)
    .sort((a, b) => compareTexts(b.number, a.number))
}

/** Why a contact cannot be deleted: Postgres keeps one that an invoice is for. Undefined when it can. */
export function keptBecause(invoices: number): string | undefined {
  if (invoices === 0) return undefined
  return invoices === 1
    ? 'An invoice is for this contact, so it stays in the books.'
    : `${invoices} invoices are for this contact, so it stays in the books.`
}
