import { useConflicts } from '@tidemark/client/react'
import { useEffect } from 'react'
import { useSession } from '../session/use-session.ts'
import { InboxDrawer } from './inbox-drawer.tsx'
import { closeInbox, openInbox, useInboxIsOpen } from './inbox-state.ts'

/** How many conflicts wait, and the drawer with them. */
export function InboxTool() {
  const { db } = useSession()
  const isOpen = useInboxIsOpen()
  const { items } = useConflicts(db)
  const count = items.length
  // Whoever signs in next begins with it closed.
  useEffect(() => closeInbox, [])
  return (
    <>
      <button
        type="button"
        className="tool counting-tool"
        aria-label={count === 0 ? 'Conflicts: none open' : `Conflicts: ${count} open`}
        aria-haspopup="dialog"
        data-testid="inbox"
        onClick={openInbox}
      >
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M4 3v5c0 4 6 4 6 8v1M16 3v5c0 4-6 4-6 8M4 3 2 6m2-3 2 3m10-3-2 3m2-3 2 3" />
        </svg>
        {count > 0 && (
          <span className="count" aria-hidden="true" data-testid="inbox-count">
            {count}
          </span>
        )}
      </button>
      <span className="visually-hidden" role="status">
        {count > 0 && `${count} ${count === 1 ? 'conflict waits' : 'conflicts wait'} for somebody`}
      </span>
      {isOpen && <InboxDrawer open={items} onClose={closeInbox} />}
    </>
  )
}
