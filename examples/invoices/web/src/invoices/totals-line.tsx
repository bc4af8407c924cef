import { today } from './dates.ts'
import type { Entry } from './filter.ts'
import { formatMoney } from './money.ts'
import { totalsOf } from './totals.ts'

/** What the list comes to. */
export function TotalsLine({ entries, currency }: { entries: readonly Entry[]; currency: string }) {
  const { count, owed, overdue } = totalsOf(entries, today())
  return (
    <p className="totals" data-testid="totals">
      <span>{count === 1 ? '1 invoice' : `${count} invoices`}</span>
      <span>{formatMoney(owed, currency)} expected</span>
      {overdue > 0 && <span className="overdue">{formatMoney(overdue, currency)} overdue</span>}
    </p>
  )
}
