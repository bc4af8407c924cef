import { useSyncExternalStore } from 'react'
import { createPortal } from 'react-dom'
import { useTopDialog } from '../frame/top-dialog.ts'
import type { Notices } from './notices.ts'

/**
 * The region stays mounted when empty, so that screen readers hear what appears in it. While a dialog keeps the page out
 * of reach, it is in there.
 */
export function Toasts({ notices }: { notices: Notices }) {
  const shown = useSyncExternalStore(notices.subscribe, notices.getSnapshot)
  const dialog = useTopDialog()
  const region = (
    <div className="toasts" role="alert">
      {shown.map(({ id, text }) => (
        <div key={id} className="toast" data-testid="toast">
          <p data-testid="toast-text">{text}</p>
          <button type="button" className="quiet" aria-label="Dismiss" onClick={() => notices.dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  )
  return dialog ? createPortal(region, dialog) : region
}
