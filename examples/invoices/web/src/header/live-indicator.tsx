import { useConnection } from '@tidemark/client/react'
import { useSession } from '../session/use-session.ts'
import { connectionWords, pendingWords } from './connection-words.ts'

/** Whether the page is live, what is still on its way, and what the person can do about it. */
export function LiveIndicator() {
  const { db } = useSession()
  const connection = useConnection(db)
  const { state, pending, delayed, stalled, retryAt, cause } = connection
  // Otherwise a line below the header tells more.
  const isShown = pending > 0 && !delayed && !stalled && state !== 'needs-auth'
  return (
    <div className="live-indicator">
      <span className={isShown ? 'pending shown' : 'pending'} data-testid="pending">
        {isShown && pendingWords(connection)}
      </span>
      {retryAt !== undefined && (
        <button type="button" className="quiet" onClick={() => db.connection.retry()}>
          Try now
        </button>
      )}
      {state === 'update-required' && (
        <button type="button" className="quiet" onClick={() => window.location.reload()}>
          Reload
        </button>
      )}
      <span
        className={delayed ? 'state state-delayed' : `state state-${state}`}
        role="status"
        title={cause?.message}
      >
        <span className="dot" aria-hidden="true" />
        <span data-testid="connection">{connectionWords(state)}</span>
      </span>
    </div>
  )
}
