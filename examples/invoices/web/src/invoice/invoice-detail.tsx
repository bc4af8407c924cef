import type { Invoice } from '../data/database.ts'
import { useMark } from '../data/use-mark.ts'
import { formatDay } from '../invoices/dates.ts'
import { legalMoves } from '../invoices/status.ts'
import { useSession } from '../session/use-session.ts'
import { Amounts } from './amounts.tsx'
import { PaymentForm } from './payment-form.tsx'
import { PaymentList } from './payment-list.tsx'
import { Reminders } from './reminders.tsx'
import { StatusField } from './status-field.tsx'
import { TextField } from './text-field.tsx'
import { useInvoiceEdits } from './use-invoice-edits.ts'
import { VoidButton } from './void-button.tsx'

/** Everything about one invoice, and what can be done to it. */
export function InvoiceDetail({ invoice, currency }: { invoice: Invoice; currency: string }) {
  const { canWrite } = useSession()
  const edits = useInvoiceEdits(invoice)
  const own = useMark(invoice.id) === 'saving'
  const readOnly = !canWrite
  return (
    <div className="detail">
      {readOnly && <p className="note">You can look at everything here and change nothing.</p>}
      <Amounts invoice={invoice} own={own} currency={currency} />
      <div className="fields">
        <StatusField status={invoice.status} readOnly={readOnly} onMove={edits.setStatus} />
        <TextField
          label="Due date"
          testId="due"
          kind="date"
          value={invoice.dueOn ?? ''}
          readOnly={readOnly}
          onSave={edits.setDueOn}
          words={formatDay}
        />
        <Reminders count={invoice.reminders} own={own} readOnly={readOnly} onAdd={edits.addReminder} />
      </div>
      <TextField
        label="Notes"
        testId="notes"
        kind="lines"
        value={invoice.notes}
        readOnly={readOnly}
        onSave={edits.setNotes}
      />
      <section aria-labelledby="payments-title">
        <h3 id="payments-title">Payments</h3>
        <PaymentList invoiceId={invoice.id} currency={currency} />
        {canWrite && <PaymentForm invoice={invoice} currency={currency} onPay={edits.pay} />}
      </section>
      {canWrite && legalMoves(invoice.status).includes('void') && (
        <VoidButton number={invoice.number} onVoid={() => edits.setStatus('void')} />
      )}
    </div>
  )
}
