import { useState } from 'react'
import { NewContact } from '../contacts/new-contact.tsx'
import { DraftForm } from '../drafts/draft-form.tsx'
import { FormField } from '../fields/form-field.tsx'
import { FormInput } from '../fields/form-input.tsx'
import { Drawer } from '../frame/drawer.tsx'
import type { Entry } from '../invoices/filter.ts'
import { useNewInvoice } from './use-new-invoice.ts'

export function NewInvoice({ entries, currency }: { entries: readonly Entry[]; currency: string }) {
  const { text, contacts, isTyped, problems, change, create, discard } = useNewInvoice(entries, currency)
  const [isAdding, setAdding] = useState(false)
  return (
    <>
      <DraftForm name="invoice" submit="Create draft" isTyped={isTyped} onSubmit={create} onDiscard={discard}>
        <FormInput
          label="Number"
          testId="new-number"
          value={text.number}
          problem={problems.number}
          onChange={(number) => change({ number })}
        />
        <FormField label="Contact" problem={problems.contactId}>
          {(field) => (
            <div className="with-button">
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
              <button
                type="button"
                aria-label="Add a contact"
                data-testid="add-contact"
                onClick={() => setAdding(true)}
              >
                Add
              </button>
            </div>
          )}
        </FormField>
        <FormInput
          label={`Total in ${currency}`}
          testId="new-total"
          inputMode="decimal"
          value={text.total}
          problem={problems.total}
          onChange={(total) => change({ total })}
        />
        <FormInput
          label="Due date"
          testId="new-due"
          type="date"
          value={text.dueOn}
          onChange={(dueOn) => change({ dueOn })}
        />
      </DraftForm>
      {isAdding && (
        <Drawer
          title="New contact"
          subtitle="for the invoice"
          testId="contact-drawer"
          onClose={() => setAdding(false)}
        >
          <NewContact
            onCreated={(contactId) => {
              change({ contactId })
              setAdding(false)
            }}
          />
        </Drawer>
      )}
    </>
  )
}
