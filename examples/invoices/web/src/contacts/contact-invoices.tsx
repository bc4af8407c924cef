import { formatMoney } from '../invoices/money.ts'
import { StatusBadge } from '../invoices/status-badge.tsx'
import { useCurrency } from '../invoices/use-currency.ts'
import { hashOf } from '../navigation/route.ts'
import { useInvoicesOf } from './use-invoices-of.ts'

/** The invoices for a contact, each with the way to it. */
export function ContactInvoices({ contactId }: { contactId: string }) {
  const { invoices, isReady } = useInvoicesOf(contactId)
  const currency = useCurrency()
  return (
    <section aria-labelledby="contact-invoices-title">
      <h3 id="contact-invoices-title">Invoices</h3>
      {invoices.length === 0 && <p className="muted">{isReady ? 'None yet.' : 'Loading…'}</p>}
      <ul className="lines" data-testid="contact-invoices">
        {invoices.map(({ id, number, status, totalCents }) => (
          <li key={id}>
            <a href={hashOf({ at: 'invoice', id })}>{number}</a>
            <span>
              <StatusBadge status={status} />
            </span>
            <span className="money">{formatMoney(totalCents, currency)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
