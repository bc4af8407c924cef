import { useState } from 'react'
import type { Invoice } from '../data/database.ts'
import { DiscardButton } from '../drafts/discard-button.tsx'
import { paymentOn } from '../drafts/form-names.ts'
import { useFormDraft } from '../drafts/use-form-draft.ts'
import { FormField } from '../fields/form-field.tsx'
import { FormInput } from '../fields/form-input.tsx'
import { moneyInput, parseMoney } from '../invoices/money.ts'
import { isMethod, METHODS, type Method, methodWords } from './payment-words.ts'

type Props = { invoice: Invoice; currency: string; onPay: (amountCents: number, method: Method) => void }

/** Records a payment; proposes what is left, and follows that until someone types. */
export function PaymentForm({ invoice, currency, onPay }: Props) {
  const left = Math.max(0, invoice.totalCents - invoice.paidCents)
  const { text, isTyped, change, drop } = useFormDraft<{ amount: string; method: Method }>(
    paymentOn(invoice.id),
    { amount: left > 0 ? moneyInput(left, currency) : '', method: 'bank' },
  )
  const [refused, setRefused] = useState(false)
  const discard = () => {
    setRefused(false)
    drop()
  }
  if (invoice.status === 'draft' || invoice.status === 'void') {
    const why =
      invoice.status === 'draft' ? 'Send the invoice before recording a payment.' : 'The invoice is void.'
    if (!isTyped) return invoice.status === 'draft' ? <p className="muted">{why}</p> : undefined
    return (
      <p className="kept">
        <span>
          {why} The payment of {text.amount} that you typed is not recorded.
        </span>
        <DiscardButton testId="discard-payment" onDiscard={discard} />
      </p>
    )
  }
  const pay = () => {
    const cents = parseMoney(text.amount, currency)
    setRefused(cents === undefined)
    if (cents === undefined) return
    onPay(cents, text.method)
    drop()
  }
  return (
    <form
      className="payment-form"
      onSubmit={(event) => {
        event.preventDefault()
        pay()
      }}
    >
      <FormInput
        label="Amount"
        testId="pay-amount"
        inputMode="decimal"
        value={text.amount}
        problem={refused ? 'Enter an amount above nothing, such as 120.50.' : undefined}
        onChange={(amount) => change({ amount })}
      />
      <FormField label="Method">
        {(field) => (
          <select
            {...field}
            data-testid="pay-method"
            value={text.method}
            onChange={({ target: { value } }) => {
              if (isMethod(value)) change({ method: value })
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
      {isTyped && <DiscardButton testId="discard-payment" onDiscard={discard} />}
    </form>
  )
}
