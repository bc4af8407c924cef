import { expect, test } from 'vitest'
import type { Invoice } from '../src/data/database.ts'
import { filterEntries, nextNumber, toEntries } from '../src/invoices/filter.ts'
import { totalsOf } from '../src/invoices/totals.ts'

function invoice(number: string, more: Partial<Invoice> = {}): Invoice {
  return {
    id: `id-${number}`,
    number,
    contactId: 'c1',
    status: 'sent',
    totalCents: 100_00,
    paidCents: 0,
    reminders: 0,
    reference: '',
    notes: '',
    dueOn: '2026-03-10',
    ...more,
  }
}

const contacts = [
  { id: 'c1', name: 'Harbour Books', email: '', city: '' },
  { id: 'c2', name: 'Östra Bageri', email: '', city: '' },
]

const entries = toEntries(
  [
    invoice('INV-9'),
    invoice('INV-100', { contactId: 'c2', status: 'draft' }),
    invoice('INV-10', { contactId: 'gone', status: 'paid', paidCents: 100_00 }),
  ],
  contacts,
)

const numbers = (filter: Parameters<typeof filterEntries>[1]) =>
  filterEntries(entries, filter).map((entry) => entry.invoice.number)

test('WEB-3 the highest number comes first, counted as a number', () => {
  expect(numbers({ status: 'all', text: '' })).toEqual(['INV-100', 'INV-10', 'INV-9'])
})

test('WEB-3 an invoice whose contact has not arrived is listed without a name', () => {
  expect(entries.map((entry) => entry.contactName)).toEqual(['Östra Bageri', '', 'Harbour Books'])
})

test('WEB-4 the list is narrowed by status and by every word of the text', () => {
  expect(numbers({ status: 'draft', text: '' })).toEqual(['INV-100'])
  expect(numbers({ status: 'all', text: '  books HARB ' })).toEqual(['INV-9'])
  expect(numbers({ status: 'all', text: 'östra 100' })).toEqual(['INV-100'])
  expect(numbers({ status: 'sent', text: 'östra' })).toEqual([])
})

test('WEB-4 nothing to narrow gives the very list, so nothing is drawn anew', () => {
  expect(filterEntries(entries, { status: 'all', text: ' ' })).toBe(entries)
})

test.each([
  [[], '1'],
  [['INV-9', 'INV-0100', 'INV-0099'], 'INV-0101'],
  [['536365', '536366'], '536367'],
  [['A-9', 'misc'], 'A-10'],
  [['99999999999999999999'], '100000000000000000000'],
])('WEB-5 after %j the next number is %s', (taken, next) => {
  expect(nextNumber(taken)).toBe(next)
})

test('WEB-6 totals count what is still expected, and what of it is late', () => {
  const shown = toEntries(
    [
      invoice('1', { dueOn: '2026-03-09', paidCents: 40_00, status: 'part_paid' }),
      invoice('2', { dueOn: '2026-03-10' }),
      invoice('3', { dueOn: null }),
      invoice('4', { dueOn: '2026-03-01', status: 'void' }),
      invoice('5', { dueOn: '2026-03-01', status: 'sent', paidCents: 120_00 }),
    ],
    contacts,
  )
  expect(totalsOf(shown, '2026-03-10')).toEqual({ count: 5, owed: 260_00, overdue: 60_00 })
})
