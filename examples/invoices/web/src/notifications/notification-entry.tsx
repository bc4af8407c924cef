import type { EditHandle } from '@tidemark/client'
import { momentOf } from '../conflicts/conflict-words.ts'
import { hashOf } from '../navigation/route.ts'
import { useSession } from '../session/use-session.ts'
import { kindWords, type Notification, type Told } from './notification-words.ts'

type Props = { item: Notification; told: Told; onFollow: () => void }

/** One thing that happened, the way to it, and what can be done with it. */
export function NotificationEntry({ item, told: { title, detail, to }, onFollow }: Props) {
  const { db, track } = useSession()
  const isUnread = item.state === 'unseen' || item.state === 'seen'
  const act = (what: string, edit: EditHandle) => track(what, item.id, edit)
  const read = () => act('That you have read it', db.notifications.markRead(item))
  const follow = () => {
    if (isUnread) read()
    onFollow()
  }
  return (
    <li className={isUnread ? 'notification unread' : 'notification'} data-testid={`told-${item.kind}`}>
      <h3>
        {isUnread && <span className="visually-hidden">Unread: </span>}
        {to === undefined && title}
        {to === 'inbox' && (
          <button type="button" className="link" onClick={follow}>
            {title}
          </button>
        )}
        {to !== undefined && to !== 'inbox' && (
          <a href={hashOf(to)} onClick={follow}>
            {title}
          </a>
        )}
      </h3>
      <p className="muted">
        {detail} <time dateTime={item.at}>{momentOf(item.at)}</time>
      </p>
      <div className="choices">
        {isUnread ? (
          <button type="button" className="quiet" onClick={read}>
            Mark read
          </button>
        ) : (
          <button
            type="button"
            className="quiet"
            onClick={() => act('That it is unread', db.notifications.markUnread(item))}
          >
            Mark unread
          </button>
        )}
        {item.state !== 'archived' && (
          <>
            <button
              type="button"
              className="quiet"
              onClick={() => act('The archiving', db.notifications.archive(item))}
            >
              Archive
            </button>
            <button
              type="button"
              className="quiet"
              onClick={() => act('The choice', db.notifications.mute(item.kind))}
            >
              Do not tell me of {kindWords(item.kind)}
            </button>
          </>
        )}
      </div>
    </li>
  )
}
