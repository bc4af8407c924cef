import { ConnectionNote } from './header/connection-note.tsx'
import { Header } from './header/header.tsx'
import { InvoicesPage } from './invoices/invoices-page.tsx'
import { Toasts } from './notices/toasts.tsx'
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
      <InvoicesPage />
      <Toasts notices={session.notices} />
    </SessionContext>
  )
}
