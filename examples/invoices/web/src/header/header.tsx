import { useQuery } from '@tidemark/client/react'
import { useSession } from '../session/use-session.ts'
import { LiveIndicator } from './live-indicator.tsx'
import { SignOutButton } from './sign-out-button.tsx'

export function Header() {
  const { db, identity } = useSession()
  const profile = useQuery(db.businessProfile.all()).rows[0]
  return (
    <header className="header">
      <h1 className="brand">
        <span>{profile?.name ?? identity.tenant}</span> <span className="muted">Invoices</span>
      </h1>
      <LiveIndicator />
      <div className="who">
        <span className="avatar" aria-hidden="true">
          {identity.name.slice(0, 1)}
        </span>
        <span className="who-name" data-testid="who">
          {identity.name} <span className="muted">{identity.role}</span>
        </span>
        <SignOutButton />
      </div>
    </header>
  )
}
