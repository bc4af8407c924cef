import { memo } from 'react'
import type { Invoice } from '../data/database.ts'
import { useMark } from '../data/use-mark.ts'
import { hashOf } from '../navigation/route.ts'
import { formatDay } from './dates.ts'
import { LiveValue } from './live-value.tsx'
import { MarkText } from './mark-text.tsx'
import { formatMoney } from './money.ts'
import { StatusBadge } from './status-badge.tsx'
import { isOverdue } from './totals.ts'

type Props = {
  invoice: Invoice
  contactName: string
  currency: string
  /** The calendar day that decides what is late. */
  day: string
  selected: boolean
  newcomer: boolean
}

/** One invoice of the list. Rendered anew only when one of its own values changes. */
export const InvoiceRow = memo(function InvoiceRow(props: Props) {
  const { invoice, contactName, currency, day, selected, newcomer } = props
  const { number, status, totalCents, paidCents, dueOn } = invoice
  const mark = useMark(invoice.id)
  const own = mark === 'saving'
  const arrived = newcomer && mark === ''
  return (
    <tr className={rowClass(selected, arrived)} data-testid={`invoice-row-${number}`}>
      <th scope="row" className="number">
        <a href={hashOf({ at: 'invoice', id: invoice.id })} aria-current={selected ? 'true' : undefined}>
          {number}
        </a>
      </th>
      <td className="contact">{contactName}</td>
      <td className="status">
        <LiveValue value={status} own={own}>
          <StatusBadge status={status} />
        </LiveValue>
      </td>
      <td className="money total">
        <LiveValue value={totalCents} own={own}>
          {formatMoney(totalCents, currency)}
        </LiveValue>
      </td>
      <td className="money paid">
        <LiveValue value={paidCents} own={own}>
          {paidCents === 0 ? <span className="muted">–</span> : formatMoney(paidCents, currency)}
        </LiveValue>
      </td>
      <td className={isOverdue(invoice, day) ? 'due overdue' : 'due'}>
        <LiveValue value={dueOn} own={own}>
          {dueOn === null ? <span className="muted">–</span> : formatDay(dueOn)}
        </LiveValue>
      </td>
      <td className="mark-cell">
        <MarkText id={invoice.id} number={number} mark={mark} />
      </td>
    </tr>
  )
})

function rowClass(selected: boolean, arrived: boolean): string {
  return `row${selected ? ' selected' : ''}${arrived ? ' arrived' : ''}`
}
