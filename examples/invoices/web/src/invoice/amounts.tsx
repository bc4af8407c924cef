import type { Invoice } from '../data/database.ts'
import { formatMoney } from '../invoices/money.ts'
import { LiveValue } from '../lists/live-value.tsx'

type Props = { invoice: Invoice; own: boolean; currency: string }

/** What the invoice is about, what came in, what is left. */
export function Amounts({ invoice: { totalCents, paidCents }, own, currency }: Props) {
  const left = totalCents - paidCents
  const amounts = [
    { term: 'Total', value: totalCents, testId: 'total' },
    { term: 'Paid', value: paidCents, testId: 'paid' },
    { term: left < 0 ? 'Overpaid' : 'Left', value: Math.abs(left), testId: 'left' },
  ]
  return (
    <dl className="amounts">
      {amounts.map(({ term, value, testId }) => (
        <div key={testId}>
          <dt>{term}</dt>
          <dd data-testid={testId}>
            <LiveValue value={value} own={own}>
              {formatMoney(value, currency)}
            </LiveValue>
          </dd>
        </div>
      ))}
    </dl>
  )
}
