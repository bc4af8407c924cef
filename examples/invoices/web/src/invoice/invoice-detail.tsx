import type { Invoice } from '../data/database.ts'
import { useMark } from '../data/use-mark.ts'
import { TextField } from '../fields/text-field.tsx'
import { ConfirmButton } from '../frame/confirm-button.tsx'
import { HistoryTool } from '../history/history-tool.tsx'
import { formatDay } from '../invoices/dates.ts'
import { legalMoves } from '../invoices/status.ts'
import { NoteField } from '../notes/note-field.tsx'
import { WhoIsHere } from '../presence/who-is-here.tsx'
import { ReadOnlyNote } from '../session/read-only-note.tsx'
import { useSession } from '../session/use-session.ts'
import { Amounts } from './amounts.tsx'
import { PaymentForm } from './payment-form.tsx'
import { PaymentList } from './payment-list.tsx'
import { Reminders } from './reminders.tsx'
import { StatusField } from './status-field.tsx'
import { useInvoiceEdits } from './use-invoice-edits.ts'

/** Everything about one invoice, and what can be done to it. */
export function InvoiceDetail({ invoice, currency }: { invoice: Invoice; currency: string }) {
  const { canWrite } = useSession()
  const edits = useInvoiceEdits(invoice)
  const own = useMark(invoice.id) === 'saving'
  const readOnly = !canWrite
  return (
    <div className="detail">
      <WhoIsHere collection="invoices" id={invoice.id} />
      {readOnly && <ReadOnlyNote />}
      <Amounts invoice={invoice} own={own} currency={currency} />
      <div className="fields">
        <StatusField invoice={invoice} readOnly={readOnly} onMove={edits.setStatus} />
        <TextField
          label="Due date"
          testId="due"
          at={{ collection: 'invoices', id: invoice.id, field: 'dueOn' }}
          kind="date"
          value={invoice.dueOn ?? ''}
          readOnly={readOnly}
          onSave={edits.setDueOn}
          words={formatDay}
        />
        <TextField
          label="Customer’s reference"
          testId="reference"
          at={{ collection: 'invoices', id: invoice.id, field: 'reference' }}
          kind="line"
          value={invoice.reference}
          readOnly={readOnly}
          onSave={edits.setReference}
        />
        <Reminders count={invoice.reminders} own={own} readOnly={readOnly} onAdd={edits.addReminder} />
      </div>
      <NoteField invoice={invoice} readOnly={readOnly} />
      <section aria-labelledby="payments-title">
        <h3 id="payments-title">Payments</h3>
        <PaymentList invoiceId={invoice.id} currency={currency} />
        {canWrite && <PaymentForm invoice={invoice} currency={currency} onPay={edits.pay} />}
      </section>
      <HistoryTool invoice={invoice} />
      {canWrite && legalMoves(invoice.status).includes('void') && (
        <ConfirmButton
          words="Void invoice"
          question={`Void ${invoice.number} for good?`}
          confirm="Void"
          testId="void"
          onConfirm={() => edits.setStatus('void')}
        />
      )}
    </div>
  )
}
