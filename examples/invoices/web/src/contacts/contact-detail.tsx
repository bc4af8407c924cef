import { checkContactName, checkEmail } from '../../../checks.ts'
import type { Contact } from '../data/database.ts'
import { TextField } from '../fields/text-field.tsx'
import { WhoIsHere } from '../presence/who-is-here.tsx'
import { ReadOnlyNote } from '../session/read-only-note.tsx'
import { useSession } from '../session/use-session.ts'
import { ContactInvoices } from './contact-invoices.tsx'
import { DeleteContact } from './delete-contact.tsx'
import { type ContactText, useContactEdits } from './use-contact-edits.ts'

const FIELDS = [
  { field: 'name', label: 'Name', check: checkContactName },
  { field: 'email', label: 'Email', check: checkEmail },
  { field: 'city', label: 'City', check: () => undefined },
] as const satisfies readonly { field: ContactText; label: string; check: (text: string) => unknown }[]

/** Everything about one contact, and what can be done to it. */
export function ContactDetail({ contact }: { contact: Contact }) {
  const { canWrite } = useSession()
  const edits = useContactEdits(contact)
  return (
    <div className="detail">
      <WhoIsHere collection="contacts" id={contact.id} />
      {!canWrite && <ReadOnlyNote />}
      {FIELDS.map(({ field, label, check }) => (
        <TextField
          key={field}
          label={label}
          testId={`contact-${field}`}
          at={{ collection: 'contacts', id: contact.id, field }}
          kind="line"
          value={contact[field]}
          readOnly={!canWrite}
          onSave={(text) => edits.set(field, text)}
          check={check}
        />
      ))}
      <ContactInvoices contactId={contact.id} />
      {canWrite && <DeleteContact contact={contact} onDelete={edits.remove} />}
    </div>
  )
}
