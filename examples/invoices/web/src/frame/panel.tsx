import type { ReactNode } from 'react'
import { hashOf, type Route } from '../navigation/route.ts'
import { PanelHead } from './panel-head.tsx'

type Props = {
  title: string
  subtitle?: ReactNode
  /** Where closing it leads. */
  closeTo: Route
  children: ReactNode
}

/** A panel beside a list, for what is open. It has an address of its own: give it that as its key. */
export function Panel({ title, subtitle, closeTo, children }: Props) {
  return (
    <aside className="panel" aria-label={title}>
      <PanelHead title={title} subtitle={subtitle}>
        <a className="quiet" href={hashOf(closeTo)} data-testid="close-panel">
          Close
        </a>
      </PanelHead>
      {children}
    </aside>
  )
}
