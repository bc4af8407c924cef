import { useState } from 'react'
import type { Invoice } from '../data/database.ts'
import { moneyInput, parseMoney } from '../invoices/money.ts'
import { FormField } from './form-field.tsx'
import { isMethod, METHODS, type Method, methodWords } from './payment-words.ts'

type Props = { invoice: Invoice; currency: string; onPay: (amountCents: number, method: Method) => void }

/** Records a payment; proposes what is left, and follows that until someone types. */
export function PaymentForm({ invoice, currency, onPay }: Props) {
  const [typed, setTyped] = useState<string>()
  const [method, setMethod] = useState<Method>('bank')
  const [refused, setRefused] = useState(false)
  if (invoice.status === 'draft') return <p className="muted">Send the invoice before recording a payment.</p>
  if (invoice.status === 'void') return undefined
  const left = Math.max(0, invoice.totalCents - invoice.paidCents)
  const amount = typed ?? (left > 0 ? moneyInput(left, currency) : '')
  const pay = () => {
    const cents = parseMoney(amount, currency)
    setRefused(cents === undefined)
    if (cents === undefined) return
    onPay(cents, method)
    setTyped(undefined)
  }
  return (
    <form
      className="payment-form"
      onSubmit={(event) => {
        event.preventDefault()
        pay()
      }}
    >
      <FormField
        label="Amount"
        problem={refused ? 'Enter an amount above nothing, such as 120.50.' : undefined}
      >
        {(field) => (
          <input
            {...field}
            inputMode="decimal"
            autoComplete="off"
            data-testid="pay-amount"
            value={amount}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </FormField>
      <FormField label="Method">
        {(field) => (
          <select
            {...field}
            data-testid="pay-method"
            value={method}
            onChange={({ target: { value } }) => {
              if (isMethod(value)) setMethod(value)
            }}
          >
            {METHODS.map((option) => (
              <option key={option} value={option}>
                {methodWords(option)}
              </option>
            ))}
          </select>
        )}
      </FormField>
      <button type="submit" className="primary" data-testid="pay-submit">
        Record
      </button>
    </form>
  )
}
