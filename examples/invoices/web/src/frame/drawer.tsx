import { type ReactNode, useLayoutEffect, useRef } from 'react'
import { PanelHead } from './panel-head.tsx'
import { enterDialog } from './top-dialog.ts'

type Props = {
  title: string
  subtitle?: ReactNode
  testId: string
  /** Escape, a click beside it, and its button. */
  onClose: () => void
  children: ReactNode
}

/**
 * A panel over the page, shown while it is rendered. The rest of the page is out of reach meanwhile, and the focus
 * returns to where it was.
 *
 * @example {isOpen && <Drawer title="History" testId="history" onClose={() => setOpen(false)}>…</Drawer>}
 */
export function Drawer({ title, subtitle, testId, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  // Closed before it leaves the page: only then does the browser give the focus back.
  useLayoutEffect(() => {
    const element = dialog.current
    if (!element) return undefined
    element.showModal()
    const leave = enterDialog(element)
    return () => {
      leave()
      element.close()
    }
  }, [])
  // The event comes late: it may be of a dialog that is open again.
  const closed = () => {
    if (!dialog.current?.open) onClose()
  }
  return (
    <dialog
      ref={dialog}
      className="drawer"
      aria-label={title}
      data-testid={testId}
      closedby="any"
      onClose={closed}
    >
      <PanelHead title={title} subtitle={subtitle}>
        <button
          type="button"
          className="quiet"
          data-testid={`${testId}-close`}
          onClick={() => dialog.current?.close()}
        >
          Close
        </button>
      </PanelHead>
      {children}
    </dialog>
  )
}
