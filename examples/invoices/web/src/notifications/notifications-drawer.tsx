import { useNotifications } from '@tidemark/client/react'
import { openInbox } from '../conflicts/inbox-state.ts'
import { Drawer } from '../frame/drawer.tsx'
import { useSession } from '../session/use-session.ts'
import { useWording } from '../wording/use-wording.ts'
import { MutedKinds } from './muted-kinds.tsx'
import { NotificationEntry } from './notification-entry.tsx'
import { toldOf } from './notification-words.ts'
import { useMarkSeen } from './use-mark-seen.ts'

/** What the person was told, what they put away, and what they do not want to be told. */
export function NotificationsDrawer({ onClose }: { onClose: () => void }) {
  const { db } = useSession()
  const { items, archived, muted, status, error } = useNotifications(db)
  const wording = useWording()
  useMarkSeen(items)
  const entry = (item: (typeof items)[number]) => {
    const told = toldOf(item, wording)
    const follow = () => {
      onClose()
      if (told.to === 'inbox') openInbox()
    }
    return <NotificationEntry key={item.id} item={item} told={told} onFollow={follow} />
  }
  return (
    <Drawer
      title="Notifications"
      subtitle="What others did, on all of your devices."
      testId="notifications"
      onClose={onClose}
    >
      <div className="inbox" aria-busy={status === 'loading'}>
        {error && (
          <p className="problem" role="status">
            The notifications did not load. {error.message}
          </p>
        )}
        {items.length === 0 && !error && (
          <p className="note" data-testid="notifications-empty">
            {status === 'loading' ? 'Loading…' : 'Nothing new. What others do shows here.'}
          </p>
        )}
        <ul data-testid="notification-list">{items.map(entry)}</ul>
        {archived.length > 0 && (
          <details data-testid="archived">
            <summary>Archived ({archived.length})</summary>
            <ul>{archived.map(entry)}</ul>
          </details>
        )}
        <MutedKinds kinds={muted} />
      </div>
    </Drawer>
  )
}
