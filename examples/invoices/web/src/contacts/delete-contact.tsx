import type { Contact } from '../data/database.ts'
import { ConfirmButton } from '../frame/confirm-button.tsx'
import { goTo } from '../navigation/use-route.ts'
import { keptBecause, nameOf } from './contacts.ts'
import { useInvoicesOf } from './use-invoices-of.ts'

type Props = { contact: Contact; onDelete: () => void }

/** Deletes a contact, or says why that is not possible. Postgres decides: an invoice may be on its way. */
export function DeleteContact({ contact, onDelete }: Props) {
  const { invoices, isReady } = useInvoicesOf(contact.id)
  const why = keptBecause(invoices.length)
  if (!isReady) return undefined
  if (why !== undefined)
    return (
      <p className="muted" data-testid="contact-kept">
        {why}
      </p>
    )
  return (
    <ConfirmButton
      words="Delete contact"
      question={`Delete ${nameOf(contact)} for good?`}
      confirm="Delete"
      testId="delete-contact"
      onConfirm={() => {
        onDelete()
        goTo({ at: 'contacts' })
      }}
    />
  )
}
