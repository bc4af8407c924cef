import { useState } from 'react'
import type { Invoice } from '../data/database.ts'
import { Drawer } from '../frame/drawer.tsx'
import { HistoryList } from './history-list.tsx'

/** The way to the history of an invoice, which is read once it is opened. */
export function HistoryTool({ invoice }: { invoice: Invoice }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        className="quiet history-open"
        aria-haspopup="dialog"
        data-testid="history-open"
        onClick={() => setOpen(true)}
      >
        Show history
      </button>
      {isOpen && (
        <Drawer
          title="History"
          subtitle={`Invoice ${invoice.number}: who changed what, the newest first.`}
          testId="history-drawer"
          onClose={() => setOpen(false)}
        >
          <HistoryList id={invoice.id} name={invoice.number} invoice={invoice} />
        </Drawer>
      )}
    </>
  )
}
