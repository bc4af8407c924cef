import { useConnection } from '@tidemark/client/react'
import { signOut } from '../session/sign-in-store.ts'
import { useSession } from '../session/use-session.ts'
import { connectionWords, pendingWords } from './connection-words.ts'

/** Whether the page is live, what is still on its way, and what the person can do about it. */
export function LiveIndicator() {
  const { db } = useSession()
  const { state, pending, retryAt, cause } = useConnection(db)
  return (
    <div className="live-indicator">
      <span className={pending > 0 ? 'pending shown' : 'pending'} data-testid="pending">
        {pendingWords(pending)}
      </span>
      {retryAt !== undefined && (
        <button type="button" className="quiet" onClick={() => db.connection.retry()}>
          Try now
        </button>
      )}
      {state === 'needs-auth' && (
        <button type="button" className="quiet" onClick={signOut}>
          Sign in
        </button>
      )}
      {state === 'update-required' && (
        <button type="button" className="quiet" onClick={() => window.location.reload()}>
          Reload
        </button>
      )}
      <span className={`state state-${state}`} role="status" title={cause?.message}>
        <span className="dot" aria-hidden="true" />
        <span data-testid="connection">{connectionWords(state)}</span>
      </span>
    </div>
  )
}
