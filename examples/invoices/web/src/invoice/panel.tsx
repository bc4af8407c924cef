import { useEffect, useRef } from 'react'
import type { Entry } from '../invoices/filter.ts'
import { hashOf, type Place } from '../navigation/place.ts'
import { InvoiceDetail } from './invoice-detail.tsx'
import { NewInvoice } from './new-invoice.tsx'

type Props = {
  place: Exclude<Place, { at: 'list' }>
  entries: readonly Entry[]
  loading: boolean
  currency: string
}

/** The open invoice, or the form for a new one. */
export function Panel({ place, entries, loading, currency }: Props) {
  const entry = place.at === 'invoice' ? entries.find(({ invoice }) => invoice.id === place.id) : undefined
  const title = place.at === 'new' ? 'New invoice' : `Invoice ${entry?.invoice.number ?? ''}`
  return (
    <aside key={hashOf(place)} className="panel" aria-label={title}>
      <PanelHead title={title} contactName={entry?.contactName} />
      {place.at === 'new' && <NewInvoice entries={entries} currency={currency} />}
      {entry && <InvoiceDetail invoice={entry.invoice} currency={currency} />}
      {place.at === 'invoice' && !entry && (
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
