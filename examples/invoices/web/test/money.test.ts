import { expect, test } from 'vitest'
import { formatMoney, moneyInput, parseMoney, usableCurrency } from '../src/invoices/money.ts'

test('WEB-2 minor units are shown as the currency writes them', () => {
  expect(formatMoney(1_234_56, 'GBP')).toBe('£1,234.56')
  expect(formatMoney(1_234, 'JPY')).toBe('JP¥1,234')
  expect(moneyInput(5, 'GBP')).toBe('0.05')
})

test.each([
  ['12', 12_00],
  ['12.5', 12_50],
  [' £1,234.50 ', 1_234_50],
  ['1,234,567', 1_234_567_00],
  ['0.01', 1],
])('WEB-2 the typed amount "%s" is %d in minor units', (text, cents) => {
  expect(parseMoney(text, 'GBP')).toBe(cents)
})

test.each(['', '0', '0.00', '-5', '1.234', '1,23', '12,50', 'twelve', '1e3', '99999999999999999'])(
  'WEB-2 "%s" is not an amount',
  (text) => {
    expect(parseMoney(text, 'GBP')).toBeUndefined()
  },
)

test('WEB-2 an amount has no more decimals than its currency', () => {
  expect(parseMoney('1200', 'JPY')).toBe(1200)
  expect(parseMoney('12.50', 'JPY')).toBeUndefined()
})

test('WEB-2 every amount survives the way into an input and back', () => {
  for (const cents of [1, 99, 100, 101, 123_456_789]) {
    expect(parseMoney(moneyInput(cents, 'GBP'), 'GBP')).toBe(cents)
  }
})

test('WEB-2 a currency that cannot be one falls back to pounds', () => {
  expect(usableCurrency(undefined)).toBe('GBP')
  expect(usableCurrency('pounds')).toBe('GBP')
  expect(usableCurrency('EUR')).toBe('EUR')
})
