import { useDeferredValue, useEffect, useMemo } from 'react'
import { DeletedList } from '../deleted/deleted-list.tsx'
import { Page } from '../frame/page.tsx'
import { InvoicePanel, type InvoiceRoute } from '../invoice/invoice-panel.tsx'
import { ListNote } from '../lists/list-note.tsx'
import { useNewcomers } from '../lists/use-newcomers.ts'
import { hashOf, type Route } from '../navigation/route.ts'
import { loadEditor } from '../notes/load-editor.ts'
import { useSession } from '../session/use-session.ts'
import { type Filter, filterEntries } from './filter.ts'
import { FilterBar } from './filter-bar.tsx'
import { InvoiceList } from './invoice-list.tsx'
import { TotalsLine } from './totals-line.tsx'
import { useCurrency } from './use-currency.ts'
import { useEntries } from './use-entries.ts'

type Props = {
  route: InvoiceRoute | Extract<Route, { at: 'invoices' }>
  filter: Filter
  onFilter: (filter: Filter) => void
}

/** The list, and next to it what is open: an invoice or the form for a new one. */
export function InvoicesPage({ route, filter, onFilter }: Props) {
  const { canWrite } = useSession()
  const { entries, status, note } = useEntries()
  const currency = useCurrency()
  // Typing stays quick in a long list: the rows may follow a moment later.
  const applied = useDeferredValue(filter)
  const shown = useMemo(() => filterEntries(entries, applied), [entries, applied])
  const invoices = useMemo(() => entries.map(({ invoice }) => invoice), [entries])
  const isNewcomer = useNewcomers(invoices, status === 'ready')
  const isBusy = status === 'loading'
  const selectedId = route.at === 'invoice' ? route.id : undefined
  // Before anybody needs it, and after everything that they wait for.
  useEffect(() => {
    if (status === 'ready') loadEditor()
  }, [status])
  const panel = route.at !== 'invoices' && (
    <InvoicePanel key={hashOf(route)} route={route} entries={entries} loading={isBusy} currency={currency} />
  )
  return (
    <Page label="Invoices" isBusy={isBusy} panel={panel || undefined}>
      <FilterBar filter={filter} canWrite={canWrite} onChange={onFilter} />
      {applied.status === 'deleted' ? (
        <DeletedList invoices={invoices} isLoading={isBusy} text={applied.text} selectedId={selectedId} />
      ) : (
        <>
          <TotalsLine entries={shown} currency={currency} />
          <ListNote text={note ?? (shown.length === 0 ? 'No invoice matches.' : undefined)} />
          <InvoiceList entries={shown} currency={currency} selectedId={selectedId} isNewcomer={isNewcomer} />
        </>
      )}
    </Page>
  )
}
