import { useMemo } from 'react'
import { useDeleted } from '../deleted/use-deleted.ts'
import { Panel } from '../frame/panel.tsx'
import { MissingInvoice } from '../history/missing-invoice.tsx'
import type { Entry } from '../invoices/filter.ts'
import { hashOf, type Route } from '../navigation/route.ts'
import { ReadOnlyNote } from '../session/read-only-note.tsx'
import { useSession } from '../session/use-session.ts'
import { InvoiceDetail } from './invoice-detail.tsx'
import { NewInvoice } from './new-invoice.tsx'

export type InvoiceRoute = Extract<Route, { at: 'invoice' | 'new-invoice' }>

type Props = {
  route: InvoiceRoute
  entries: readonly Entry[]
  loading: boolean
  currency: string
}

/** The open invoice, or the form for a new one. */
export function InvoicePanel({ route, entries, loading, currency }: Props) {
  const { canWrite } = useSession()
  const entry = route.at === 'invoice' ? entries.find(({ invoice }) => invoice.id === route.id) : undefined
  const { deleted } = useDeleted(useMemo(() => entries.map(({ invoice }) => invoice), [entries]))
  const numberOf = (id: string) => entry?.invoice.number ?? deleted.find((one) => one.id === id)?.number ?? ''
  const title = route.at === 'invoice' ? `Invoice ${numberOf(route.id)}` : 'New invoice'
  return (
    <Panel
      title={title}
      subtitle={entry && entry.contactName !== '' && <ContactLink entry={entry} />}
      closeTo={{ at: 'invoices' }}
    >
      {route.at === 'new-invoice' &&
        (canWrite ? <NewInvoice entries={entries} currency={currency} /> : <ReadOnlyNote />)}
      {entry && <InvoiceDetail invoice={entry.invoice} currency={currency} />}
      {route.at === 'invoice' && !entry && !loading && <MissingInvoice id={route.id} />}
      {route.at === 'invoice' && !entry && loading && <p className="note">Loading…</p>}
    </Panel>
  )
}

function ContactLink({ entry: { invoice, contactName } }: { entry: Entry }) {
  return (
    <a
      className="contact-link"
      href={hashOf({ at: 'contact', id: invoice.contactId })}
      data-testid="contact-of"
    >
      {contactName}
    </a>
  )
}
