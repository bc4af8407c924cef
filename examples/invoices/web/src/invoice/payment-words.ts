import type { Payment } from '../data/database.ts'

export type Method = Payment['method']

export const METHODS = ['bank', 'card', 'cash'] as const satisfies readonly Method[]

const WORDS: Record<Method, string> = { bank: 'Bank', card: 'Card', cash: 'Cash' }

export function methodWords(method: Method): string {
  return WORDS[method]
}

export function isMethod(text: string): text is Method {
  return Object.hasOwn(WORDS, text)
}

/** The payments of one invoice, the latest day first. */
export function paymentsOf<Row extends Payment>(payments: readonly Row[], invoiceId: string): Row[] {
  return payments
    .filter((payment) => payment.invoiceId === invoiceId)
    .sort((a, b) => (a.paidOn < b.paidOn ? 1 : a.paidOn > b.paidOn ? -1 : 0))
}
