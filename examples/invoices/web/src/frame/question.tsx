import { type ReactNode, useId } from 'react'
import { useDialog } from './use-dialog.ts'

type Props = {
  title: string
  testId: string
  /** Escape: nothing is answered. */
  onClose: () => void
  /** There is no way back without an answer. */
  mustAnswer?: boolean
  /** What there is to know, and the answers: buttons. */
  children: ReactNode
}

/** A question over the page. The first button that can be pressed has the focus. */
export function Question({ title, testId, onClose, mustAnswer = false, children }: Props) {
  const id = useId()
  const { dialog, closed } = useDialog(onClose)
  return (
    <dialog
      ref={dialog}
      className="question"
      aria-labelledby={id}
      data-testid={testId}
      closedby={mustAnswer ? 'none' : 'closerequest'}
      onClose={closed}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  )
}
