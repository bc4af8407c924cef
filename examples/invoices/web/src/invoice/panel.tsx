import { useEffect, useRef } from 'react'
import type { Entry } from '../invoices/filter.ts'
import { hashOf, type Route } from '../navigation/route.ts'
import { InvoiceDetail } from './invoice-detail.tsx'
import { NewInvoice } from './new-invoice.tsx'

type Props = {
  route: Exclude<Route, { at: 'list' }>
  entries: readonly Entry[]
  loading: boolean
  currency: string
}

/** The open invoice, or the form for a new one. */
export function Panel({ route, entries, loading, currency }: Props) {
  const entry = route.at === 'invoice' ? entries.find(({ invoice }) => invoice.id === route.id) : undefined
  const title = route.at === 'new' ? 'New invoice' : `Invoice ${entry?.invoice.number ?? ''}`
  return (
    <aside key={hashOf(route)} className="panel" aria-label={title}>
      <PanelHead title={title} contactName={entry?.contactName} />
      {route.at === 'new' && <NewInvoice entries={entries} currency={currency} />}
      {entry && <InvoiceDetail invoice={entry.invoice} currency={currency} />}
      {route.at === 'invoice' && !entry && (
        <p className="note">{loading ? 'Loading…' : 'There is no such invoice here.'}</p>
      )}
    </aside>
  )
}

/** Takes the focus when it appears, so that keyboard and screen reader follow into the panel. */
function PanelHead({ title, contactName }: { title: string; contactName: string | undefined }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <div className="panel-head">
      <div>
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {contactName !== undefined && <p className="muted">{contactName}</p>}
      </div>
      <a className="quiet" href={hashOf({ at: 'list' })} data-testid="close-panel">
        Close
      </a>
    </div>
  )
}
