import type { Peer } from '@tidemark/client'
import { memo } from 'react'
import type { Invoice } from '../data/database.ts'
import { useMark } from '../data/use-mark.ts'
import { LiveValue } from '../lists/live-value.tsx'
import { Row } from '../lists/row.tsx'
import { People } from '../presence/people.tsx'
import { formatDay } from './dates.ts'
import { formatMoney } from './money.ts'
import { RowMark } from './row-mark.tsx'
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
  /** Who else looks at it. */
  people: readonly Peer[] | undefined
}

/** One invoice of the list. Rendered anew only when one of its own values changes. */
export const InvoiceRow = memo(function InvoiceRow(props: Props) {
  const { invoice, contactName, currency, day, selected, newcomer, people } = props
  const { number, status, totalCents, paidCents, dueOn } = invoice
  const mark = useMark(invoice.id)
  const own = mark === 'saving'
  return (
    <Row
      to={{ at: 'invoice', id: invoice.id }}
      name={number}
      nameClass="number"
      testId={`invoice-row-${number}`}
      selected={selected}
      arrived={newcomer && mark === ''}
    >
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
        {people && <People people={people} label="Looking at it" testId={`looking-${number}`} most={3} />}
        <RowMark id={invoice.id} number={number} mark={mark} />
      </td>
    </Row>
  )
})
