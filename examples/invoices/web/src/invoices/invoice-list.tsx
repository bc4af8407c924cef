import { useState } from 'react'
import { today } from './dates.ts'
import type { Entry } from './filter.ts'
import { InvoiceRow } from './invoice-row.tsx'

/** Rows drawn at first and with each "more": what a browser lays out within a frame or two. */
const CHUNK = 250

type Props = {
  entries: readonly Entry[]
  currency: string
  selectedId: string | undefined
  isNewcomer: (id: string) => boolean
}

export function InvoiceList({ entries, currency, selectedId, isNewcomer }: Props) {
  const [limit, setLimit] = useState(CHUNK)
  const day = today()
  const hidden = entries.length - limit
  return (
    <>
      <table className="invoices">
        <thead>
          <tr>
            <th scope="col" className="number">
              Number
            </th>
            <th scope="col" className="contact">
              Contact
            </th>
            <th scope="col" className="status">
              Status
            </th>
            <th scope="col" className="money">
              Total
            </th>
            <th scope="col" className="money paid">
              Paid
            </th>
            <th scope="col" className="due">
              Due
            </th>
            <th scope="col" className="mark-cell">
              <span className="visually-hidden">Your changes</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.slice(0, limit).map(({ invoice, contactName }) => (
            <InvoiceRow
              key={invoice.id}
              invoice={invoice}
              contactName={contactName}
              currency={currency}
              day={day}
              selected={invoice.id === selectedId}
              newcomer={isNewcomer(invoice.id)}
            />
          ))}
        </tbody>
      </table>
      {hidden > 0 && (
        <button type="button" className="more" onClick={() => setLimit(limit + CHUNK)}>
          Show {Math.min(hidden, CHUNK)} more of {hidden}
        </button>
      )}
    </>
  )
}
