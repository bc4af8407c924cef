import { useQuery } from '@tidemark/client/react'
import { formatDay } from '../invoices/dates.ts'
import { formatMoney } from '../invoices/money.ts'
import { useSession } from '../session/use-session.ts'
import { methodWords, paymentsOf } from './payment-words.ts'

/** The payments recorded on an invoice, live. */
export function PaymentList({ invoiceId, currency }: { invoiceId: string; currency: string }) {
  const { db } = useSession()
  const { rows, status } = useQuery(db.payments.all())
  const payments = paymentsOf(rows, invoiceId)
  if (payments.length === 0) return <p className="muted">{status === 'ready' ? 'None yet.' : 'Loading…'}</p>
  return (
    <ul className="payments" data-testid="payments">
      {payments.map(({ id, amountCents, method, paidOn, $sync }) => (
        <li key={id} className={$sync.pending ? 'underway' : undefined}>
          <span>{formatDay(paidOn)}</span>
          <span className="muted">{methodWords(method)}</span>
          <span className="money">{formatMoney(amountCents, currency)}</span>
        </li>
      ))}
    </ul>
  )
}
