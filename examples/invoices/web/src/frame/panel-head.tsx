import { type ReactNode, useEffect, useRef } from 'react'

type Props = {
  title: string
  /** What the title is about, in a quieter line. */
  subtitle?: ReactNode
  /** The way out: a link or a button. */
  children: ReactNode
}

/** The head of a panel. Takes the focus when it appears, so that keyboard and screen reader follow into it. */
export function PanelHead({ title, subtitle, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <div className="panel-head">
      <div>
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {subtitle && <p className="muted">{subtitle}</p>}
      </div>
      {children}
    </div>
  )
}
