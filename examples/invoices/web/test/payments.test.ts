import { expect, test } from 'vitest'
import { paymentsOf } from '../src/invoice/payment-words.ts'
import { daysAfter, formatDay, today } from '../src/invoices/dates.ts'

test('WEB-13 an invoice lists its own payments, the latest day first', () => {
  const payment = (id: string, invoiceId: string, paidOn: string) =>
    ({ id, invoiceId, amountCents: 1, method: 'bank', paidOn }) as const
  const payments = [
    payment('a', 'x', '2026-01-02'),
    payment('b', 'y', '2026-01-03'),
    payment('c', 'x', '2026-01-10'),
  ]
  expect(paymentsOf(payments, 'x').map(({ id }) => id)).toEqual(['c', 'a'])
})

test('WEB-14 days are calendar days wherever the person is', () => {
  expect(formatDay('2026-03-09')).toBe('9 Mar 2026')
  expect(formatDay('soon')).toBe('soon')
  expect(today(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05')
  expect(daysAfter('2026-02-27', 3)).toBe('2026-03-02')
})
