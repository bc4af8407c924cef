import type { Contact } from '../data/database.ts'
import { useSession } from '../session/use-session.ts'
import { nameOf } from './contacts.ts'

export type ContactText = 'name' | 'email' | 'city'

export type ContactEdits = {
  set(field: ContactText, text: string): void
  remove(): void
}

/** What a person can do to a contact. Each of it is visible at once and followed to the end. */
export function useContactEdits(contact: Contact): ContactEdits {
  const { db, track } = useSession()
  const { id } = contact
  const name = nameOf(contact)
  return {
    set: (field, text) =>
      track(
        `The ${field} of ${name}`,
        id,
        db.contacts.update(id, (changed) => {
          changed[field] = text.trim()
        }),
        field,
      ),
    remove: () => track(`The deletion of ${name}`, id, db.contacts.delete(id)),
  }
}
