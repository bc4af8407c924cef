import { useDeferredValue, useMemo, useState } from 'react'
import { Panel } from '../invoice/panel.tsx'
import { useRoute } from '../navigation/use-route.ts'
import { useSession } from '../session/use-session.ts'
import { type Filter, filterEntries } from './filter.ts'
import { FilterBar } from './filter-bar.tsx'
import { InvoiceList } from './invoice-list.tsx'
import { TotalsLine } from './totals-line.tsx'
import { useCurrency } from './use-currency.ts'
import { useEntries } from './use-entries.ts'
import { useNewcomers } from './use-newcomers.ts'

/** The list, and next to it what is open: an invoice or the form for a new one. */
export function InvoicesPage() {
  const { canWrite } = useSession()
  const { entries, status, note } = useEntries()
  const currency = useCurrency()
  const route = useRoute()
  const [filter, setFilter] = useState<Filter>({ status: 'all', text: '' })
  // Typing stays quick in a long list: the rows may follow a moment later.
  const applied = useDeferredValue(filter)
  const shown = useMemo(() => filterEntries(entries, applied), [entries, applied])
  const isNewcomer = useNewcomers(entries, status === 'ready')
  const selectedId = route.at === 'invoice' ? route.id : undefined
  return (
    <div className={route.at === 'list' ? 'page' : 'page page-open'}>
      <main className="list-pane" aria-label="Invoices" aria-busy={status === 'loading'}>
        <FilterBar filter={filter} canWrite={canWrite} onChange={setFilter} />
        <TotalsLine entries={shown} currency={currency} />
        {note !== undefined && (
          <p className="note" role="status">
            {note}
          </p>
        )}
        <InvoiceList entries={shown} currency={currency} selectedId={selectedId} isNewcomer={isNewcomer} />
        {status === 'ready' && shown.length === 0 && (
          <p className="note">{entries.length === 0 ? 'No invoices yet.' : 'No invoice matches.'}</p>
        )}
      </main>
      {route.at !== 'list' && (
        <Panel route={route} entries={entries} loading={status === 'loading'} currency={currency} />
      )}
    </div>
  )
}
