import { expect, test } from 'vitest'
import { checkNewInvoice } from '../src/invoice/new-invoice-values.ts'

const text = { number: ' INV-7 ', contactId: 'c1', total: '£1,200', dueOn: '' }

test('WEB-11 a new invoice is checked into the values to insert', () => {
  expect(checkNewInvoice(text, 'GBP')).toEqual({
    ok: true,
    values: { number: 'INV-7', contactId: 'c1', totalCents: 1_200_00, dueOn: null },
  })
})

test('WEB-11 every field that cannot be saved says why', () => {
  const checked = checkNewInvoice({ number: ' ', contactId: '', total: 'free', dueOn: '2026-01-01' }, 'GBP')
  expect(checked.ok ? [] : Object.keys(checked.problems)).toEqual(['number', 'contactId', 'total'])
})
