import { useQuery } from '@tidemark/client/react'
import { DiscardButton } from '../drafts/discard-button.tsx'
import type { Entry } from '../invoices/filter.ts'
import { useSession } from '../session/use-session.ts'
import { FormField } from './form-field.tsx'
import { useNewInvoice } from './use-new-invoice.ts'

export function NewInvoice({ entries, currency }: { entries: readonly Entry[]; currency: string }) {
  const { db } = useSession()
  const { text, isTyped, problems, change, create, discard } = useNewInvoice(entries, currency)
  const contacts = useQuery(db.contacts.all()).rows.toSorted((a, b) => a.name.localeCompare(b.name))
  return (
    <form
      className="detail"
      onSubmit={(event) => {
        event.preventDefault()
        create()
      }}
    >
      <FormField label="Number" problem={problems.number}>
        {(field) => (
          <input
            {...field}
            data-testid="new-number"
            value={text.number}
            onChange={(event) => change({ number: event.target.value })}
          />
        )}
      </FormField>
      <FormField label="Contact" problem={problems.contactId}>
        {(field) => (
          <select
            {...field}
            data-testid="new-contact"
            value={text.contactId}
            onChange={(event) => change({ contactId: event.target.value })}
          >
            <option value="">Choose…</option>
            {contacts.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        )}
      </FormField>
      <FormField label={`Total in ${currency}`} problem={problems.total}>
        {(field) => (
          <input
            {...field}
            inputMode="decimal"
            autoComplete="off"
            data-testid="new-total"
            value={text.total}
            onChange={(event) => change({ total: event.target.value })}
          />
        )}
      </FormField>
      <FormField label="Due date">
        {(field) => (
          <input
            {...field}
            type="date"
            data-testid="new-due"
            value={text.dueOn}
            onChange={(event) => change({ dueOn: event.target.value })}
          />
        )}
      </FormField>
      <div className="form-actions">
        <button type="submit" className="primary" data-testid="create-invoice">
          Create draft
        </button>
        {isTyped && <DiscardButton testId="discard-invoice" onDiscard={discard} />}
      </div>
    </form>
  )
}
