import { RowsTable } from '../lists/rows-table.tsx'
import { usePeopleByInvoice } from '../presence/use-people-by-invoice.ts'
import { today } from './dates.ts'
import type { Entry } from './filter.ts'
import { InvoiceRow } from './invoice-row.tsx'

const COLUMNS = [
  ['number', 'Number'],
  ['contact', 'Contact'],
  ['status', 'Status'],
  ['money', 'Total'],
  ['money paid', 'Paid'],
  ['due', 'Due'],
] as const

type Props = {
  entries: readonly Entry[]
  currency: string
  selectedId: string | undefined
  isNewcomer: (id: string) => boolean
}

export function InvoiceList({ entries, currency, selectedId, isNewcomer }: Props) {
  const people = usePeopleByInvoice()
  const day = today()
  return (
    <RowsTable name="invoices" columns={COLUMNS} items={entries}>
      {({ invoice, contactName }) => (
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
      )}
    </RowsTable>
  )
}
