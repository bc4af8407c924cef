import { expect, test } from 'vitest'
import { findContacts, invoicesOf, keptBecause, sortContacts } from '../src/contacts/contacts.ts'
import { checkNewContact } from '../src/contacts/new-contact-values.ts'
import type { Invoice } from '../src/data/database.ts'

const contacts = [
  { id: 'c1', name: 'Shop 10', email: 'ten@example.com', city: 'York' },
  { id: 'c2', name: 'shop 9', email: '', city: 'Leeds' },
  { id: 'c4', name: 'Mill & Sons', email: '', city: 'Leeds' },
  { id: 'c3', name: 'Mill & Sons', email: '', city: 'Bath' },
]

test('WEB-30 contacts are sorted by name as people sort, and by id where names are the same', () => {
  expect(sortContacts(contacts).map(({ id }) => id)).toEqual(['c3', 'c4', 'c2', 'c1'])
})

test.each([
  ['mill', ['c4', 'c3']],
  ['leeds SHOP', ['c2']],
  ['ten@', ['c1']],
  ['mill york', []],
  ['  ', ['c1', 'c2', 'c4', 'c3']],
])('WEB-30 "%s" finds those with every word of it', (text, ids) => {
  expect(findContacts(contacts, text).map(({ id }) => id)).toEqual(ids)
})

const invoice = (id: string, contactId: string, number: string): Invoice => ({
  id,
  contactId,
  number,
  status: 'sent',
  totalCents: 1,
  paidCents: 0,
  reminders: 0,
  reference: '',
  notes: '',
  dueOn: null,
})

test('WEB-31 a contact lists its own invoices, the highest number first', () => {
  const invoices = [invoice('a', 'c1', 'N-9'), invoice('b', 'c2', 'N-11'), invoice('c', 'c1', 'N-10')]
  expect(invoicesOf(invoices, 'c1').map(({ id }) => id)).toEqual(['c', 'a'])
})

test('WEB-31 a contact with invoices says why it stays', () => {
  expect(keptBecause(0)).toBeUndefined()
  expect(keptBecause(1)).toBe('An invoice is for this contact, so it stays in the books.')
  expect(keptBecause(12)).toContain('12 invoices')
})

test('WEB-32 a new contact is checked into the values to insert', () => {
  expect(checkNewContact({ name: ' Mill ', email: ' a@b ', city: '' })).toEqual({
    ok: true,
    values: { name: 'Mill', email: 'a@b', city: '' },
  })
})

test('WEB-32 every field that cannot be saved says why', () => {
  const checked = checkNewContact({ name: ' ', email: 'a b@c', city: 'York' })
  expect(checked.ok ? [] : Object.keys(checked.problems)).toEqual(['name', 'email'])
})
