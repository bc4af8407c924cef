import { useDeferredValue, useMemo } from 'react'
import { NEW_CONTACT } from '../drafts/form-names.ts'
import { Page } from '../frame/page.tsx'
import { ListNote } from '../lists/list-note.tsx'
import { NewLink } from '../lists/new-link.tsx'
import { SearchInput } from '../lists/search-input.tsx'
import { useNewcomers } from '../lists/use-newcomers.ts'
import { hashOf, type Route } from '../navigation/route.ts'
import { useSession } from '../session/use-session.ts'
import { ContactList } from './contact-list.tsx'
import { ContactPanel, type ContactRoute } from './contact-panel.tsx'
import { findContacts } from './contacts.ts'
import { useContacts } from './use-contacts.ts'

type Props = {
  route: ContactRoute | Extract<Route, { at: 'contacts' }>
  /** What is searched for. */
  text: string
  onSearch: (text: string) => void
}

/** The contacts, and next to them the open one or the form for a new one. */
export function ContactsPage({ route, text, onSearch }: Props) {
  const { canWrite } = useSession()
  const { contacts, status, note } = useContacts()
  const applied = useDeferredValue(text)
  const found = useMemo(() => findContacts(contacts, applied), [contacts, applied])
  const isNewcomer = useNewcomers(contacts, status === 'ready')
  const isBusy = status === 'loading'
  const panel = route.at !== 'contacts' && (
    <ContactPanel
      key={hashOf(route)}
      route={route}
      contacts={contacts}
      isLoading={isBusy}
      problem={status === 'error' ? note : undefined}
    />
  )
  return (
    <Page label="Contacts" isBusy={isBusy} panel={panel || undefined}>
      <search className="filter-bar">
        <SearchInput
          label="Search by name, email or city"
          placeholder="Search name, email or city"
          value={text}
          onChange={onSearch}
        />
        {canWrite && <NewLink thing="contact" to={{ at: 'new-contact' }} form={NEW_CONTACT} />}
      </search>
      <p className="totals" data-testid="totals">
        {found.length === 1 ? '1 contact' : `${found.length} contacts`}
      </p>
      <ListNote text={note ?? (found.length === 0 ? 'No contact matches.' : undefined)} />
      <ContactList
        contacts={found}
        selectedId={route.at === 'contact' ? route.id : undefined}
        isNewcomer={isNewcomer}
      />
    </Page>
  )
}
