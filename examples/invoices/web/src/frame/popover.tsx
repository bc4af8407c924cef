import { type ReactNode, useEffect, useId, useRef, useState } from 'react'

type Props = {
  /** What the button opens, for who does not see it. */
  label: string
  testId: string
  /** What the button shows. */
  button: ReactNode
  /** Rendered only while it is open. */
  children: ReactNode
}

/** A button and what it opens below itself. Escape, a click elsewhere and following a link close it. */
export function Popover({ label, testId, button, children }: Props) {
  const id = useId()
  const content = useRef<HTMLDivElement>(null)
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const element = content.current
    const leave = ({ target }: MouseEvent) => {
      if (target instanceof Element && target.closest('a')) element?.hidePopover()
    }
    element?.addEventListener('click', leave)
    return () => element?.removeEventListener('click', leave)
  }, [])
  return (
    <>
      <button
        type="button"
        className="tool"
        popoverTarget={id}
        aria-label={label}
        aria-haspopup="dialog"
        data-testid={testId}
      >
        {button}
      </button>
      <div
        ref={content}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        className="popover"
        data-testid={`${testId}-popover`}
        onBeforeToggle={({ newState }) => newState === 'open' && setOpen(true)}
        // Not before: what has the focus must still be there for the browser to give it back.
        onToggle={({ newState }) => newState === 'closed' && setOpen(false)}
      >
        {isOpen && children}
      </div>
    </>
  )
}
