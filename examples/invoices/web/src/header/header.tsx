import { useUnsavedGuard } from '@tidemark/client/react'
import { InboxTool } from '../conflicts/inbox-tool.tsx'
import { useDraftCount } from '../drafts/use-drafts.ts'
import { MainNav } from '../navigation/main-nav.tsx'
import { BellTool } from '../notifications/bell-tool.tsx'
import { useProfile } from '../profile/use-profile.ts'
import { RefusedTool } from '../refused/refused-tool.tsx'
import { useSession } from '../session/use-session.ts'
import { LiveIndicator } from './live-indicator.tsx'
import { PersonMenu } from './person-menu.tsx'

/** The business, the way to its pages, and what concerns the person: each a tool at the end of the line. */
export function Header() {
  const { identity, db } = useSession()
  const { profile } = useProfile()
  useUnsavedGuard(db, useDraftCount() > 0)
  return (
    <header className="header">
      <h1 className="brand">{profile?.name ?? identity.tenant}</h1>
      <MainNav />
      <div className="tools">
        <LiveIndicator />
        <RefusedTool />
        <InboxTool />
        <BellTool />
        <PersonMenu />
      </div>
    </header>
  )
}
