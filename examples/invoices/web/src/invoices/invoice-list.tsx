import { MoreButton } from '../lists/more-button.tsx'
import { useChunk } from '../lists/use-chunk.ts'
import { usePeopleByInvoice } from '../presence/use-people-by-invoice.ts'
import { today } from './dates.ts'
import type { Entry } from './filter.ts'
import { InvoiceRow } from './invoice-row.tsx'

type Props = {
  entries: readonly Entry[]
  currency: string
  selectedId: string | undefined
  isNewcomer: (id: string) => boolean
}

export function InvoiceList({ entries, currency, selectedId, isNewcomer }: Props) {
  const chunk = useChunk(entries)
  const people = usePeopleByInvoice()
  const day = today()
  return (
    <>
      <table className="rows invoices">
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
          {chunk.shown.map(({ invoice, contactName }) => (
            <InvoiceRow
              key={invoice.id}
              invoice={invoice}
              contactName={contactName}
              currency={currency}
              day={day}
              selected={invoice.id === selectedId}
              newcomer={isNewcomer(invoice.id)}
              people={people.get(invoice.id)}
            />
          ))}
        </tbody>
      </table>
      <MoreButton chunk={chunk} />
    </>
  )
}
