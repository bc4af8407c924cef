import type { Contact } from '../data/database.ts'
import { Panel } from '../frame/panel.tsx'
import type { Route } from '../navigation/route.ts'
import { goTo } from '../navigation/use-route.ts'
import { ReadOnlyNote } from '../session/read-only-note.tsx'
import { useSession } from '../session/use-session.ts'
import { ContactDetail } from './contact-detail.tsx'
import { nameOf } from './contacts.ts'
import { NewContact } from './new-contact.tsx'

export type ContactRoute = Extract<Route, { at: 'contact' | 'new-contact' }>

type Props = {
  route: ContactRoute
  contacts: readonly Contact[]
  isLoading: boolean
  problem: string | undefined
}

/** The open contact, or the form for a new one. */
export function ContactPanel({ route, contacts, isLoading, problem }: Props) {
  const { canWrite } = useSession()
  const contact = route.at === 'contact' ? contacts.find(({ id }) => id === route.id) : undefined
  const title = route.at === 'contact' ? (contact ? nameOf(contact) : 'Contact') : 'New contact'
  return (
    <Panel title={title} closeTo={{ at: 'contacts' }}>
      {route.at === 'new-contact' &&
        (canWrite ? <NewContact onCreated={(id) => goTo({ at: 'contact', id })} /> : <ReadOnlyNote />)}
      {contact && <ContactDetail contact={contact} />}
      {route.at === 'contact' && !contact && (
        <p className={problem === undefined ? 'note' : 'problem'} role="status" data-testid="missing">
          {problem !== undefined
            ? `The contact did not load. ${problem}`
            : isLoading
              ? 'Loading…'
              : 'There is no such contact here.'}
        </p>
      )}
    </Panel>
  )
}
