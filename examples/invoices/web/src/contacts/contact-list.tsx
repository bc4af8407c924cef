import type { Contact } from '../data/database.ts'
import { MoreButton } from '../lists/more-button.tsx'
import { useChunk } from '../lists/use-chunk.ts'
import { ContactRow } from './contact-row.tsx'

type Props = {
  contacts: readonly Contact[]
  selectedId: string | undefined
  isNewcomer: (id: string) => boolean
}

export function ContactList({ contacts, selectedId, isNewcomer }: Props) {
  const chunk = useChunk(contacts)
  return (
    <>
      <table className="rows contacts">
        <thead>
          <tr>
            <th scope="col" className="name">
              Name
            </th>
            <th scope="col" className="email">
              Email
            </th>
            <th scope="col" className="city">
              City
            </th>
            <th scope="col" className="mark-cell">
              <span className="visually-hidden">Your changes</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {chunk.shown.map((contact) => (
            <ContactRow
              key={contact.id}
              contact={contact}
              selected={contact.id === selectedId}
              newcomer={isNewcomer(contact.id)}
            />
          ))}
        </tbody>
      </table>
      <MoreButton chunk={chunk} />
    </>
  )
}
