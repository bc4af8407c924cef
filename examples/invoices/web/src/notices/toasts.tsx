import { useSyncExternalStore } from 'react'
import type { Notices } from './notices.ts'

/** The region stays mounted when empty, so that screen readers hear what appears in it. */
export function Toasts({ notices }: { notices: Notices }) {
  const shown = useSyncExternalStore(notices.subscribe, notices.getSnapshot)
  return (
    <div className="toasts" role="alert">
      {shown.map(({ id, text }) => (
        <div key={id} className="toast" data-testid="toast">
          <p>{text}</p>
          <button type="button" className="quiet" aria-label="Dismiss" onClick={() => notices.dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  )
}
