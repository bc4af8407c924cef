import { useNotifications } from '@tidemark/client/react'
import { useState } from 'react'
import { useSession } from '../session/use-session.ts'
import { bellWords } from './notification-words.ts'
import { NotificationsDrawer } from './notifications-drawer.tsx'

/** How much came since the person last looked, and the drawer with it. */
export function BellTool() {
  const { db } = useSession()
  const { unseen } = useNotifications(db)
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        className="tool counting-tool"
        aria-label={bellWords(unseen)}
        aria-haspopup="dialog"
        data-testid="bell"
        onClick={() => setOpen(true)}
      >
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M4.5 14.5c1-1.2 1.2-2.7 1.2-5.2a4.3 4.3 0 0 1 8.6 0c0 2.5.2 4 1.2 5.2zM8.3 17.2a2 2 0 0 0 3.4 0" />
        </svg>
        {unseen > 0 && (
          <span className="count news" aria-hidden="true" data-testid="bell-count">
            {unseen > 99 ? '99+' : unseen}
          </span>
        )}
      </button>
      <span className="visually-hidden" role="status">
        {unseen > 0 && `${unseen} new ${unseen === 1 ? 'notification' : 'notifications'}`}
      </span>
      {isOpen && <NotificationsDrawer onClose={() => setOpen(false)} />}
    </>
  )
}
