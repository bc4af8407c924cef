import type { ReactNode } from 'react'
import { PanelHead } from './panel-head.tsx'
import { useDialog } from './use-dialog.ts'

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
  const { dialog, closed } = useDialog(onClose)
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
