import type { Contact } from '../data/database.ts'
import { RowsTable } from '../lists/rows-table.tsx'
import { ContactRow } from './contact-row.tsx'

const COLUMNS = [
  ['name', 'Name'],
  ['email', 'Email'],
  ['city', 'City'],
] as const

type Props = {
  contacts: readonly Contact[]
  selectedId: string | undefined
  isNewcomer: (id: string) => boolean
}

export function ContactList({ contacts, selectedId, isNewcomer }: Props) {
  return (
    <RowsTable name="contacts" columns={COLUMNS} items={contacts}>
      {(contact) => (
        <ContactRow
          key={contact.id}
          contact={contact}
          selected={contact.id === selectedId}
          newcomer={isNewcomer(contact.id)}
        />
      )}
    </RowsTable>
  )
}
