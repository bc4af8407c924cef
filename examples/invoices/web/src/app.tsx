import { useState } from 'react'
import { ContactsPage } from './contacts/contacts-page.tsx'
import { ConnectionNote } from './header/connection-note.tsx'
import { Header } from './header/header.tsx'
import type { Filter } from './invoices/filter.ts'
import { InvoicesPage } from './invoices/invoices-page.tsx'
import { useRoute } from './navigation/use-route.ts'
import { Toasts } from './notices/toasts.tsx'
import { ProfilePage } from './profile/profile-page.tsx'
import type { Session } from './session/session.ts'
import { SignInPage } from './session/sign-in-page.tsx'
import { SessionContext, useSignIn } from './session/use-session.ts'

export function App() {
  const signIn = useSignIn()
  switch (signIn.is) {
    case 'out':
      return <SignInPage waitingFor={undefined} error={signIn.error} />
    case 'waiting':
      return <SignInPage waitingFor={signIn.person} error={undefined} />
    case 'in':
      return <Workplace session={signIn.session} />
  }
}

function Workplace({ session }: { session: Session }) {
  return (
    <SessionContext value={session}>
      <Header />
      <ConnectionNote />
      <CurrentPage />
      <Toasts notices={session.notices} />
    </SessionContext>
  )
}

/** The page that the address names. What is searched for on each stays while the person is on another. */
function CurrentPage() {
  const route = useRoute()
  const [filter, setFilter] = useState<Filter>({ status: 'all', text: '' })
  const [text, setText] = useState('')
  switch (route.at) {
    case 'invoices':
    case 'invoice':
    case 'new-invoice':
      return <InvoicesPage route={route} filter={filter} onFilter={setFilter} />
    case 'contacts':
    case 'contact':
    case 'new-contact':
      return <ContactsPage route={route} text={text} onSearch={setText} />
    case 'profile':
      return <ProfilePage />
  }
}
