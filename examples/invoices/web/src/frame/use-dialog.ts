import { type RefObject, useLayoutEffect, useRef } from 'react'
import { enterDialog } from './top-dialog.ts'

type DialogParts = {
  readonly dialog: RefObject<HTMLDialogElement | null>
  /** For its `close` event. */
  readonly closed: () => void
}

/**
 * A dialog that is open while it is rendered. The rest of the page is out of reach meanwhile, and the focus returns to
 * where it was.
 */
export function useDialog(onClose: () => void): DialogParts {
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
  return {
    dialog,
    // The event comes late: it may be of a dialog that is open again.
    closed: () => {
      if (!dialog.current?.open) onClose()
    },
  }
}
