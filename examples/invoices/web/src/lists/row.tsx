import type { ReactNode } from 'react'
import { hashOf, type Route } from '../navigation/route.ts'

type Props = {
  to: Route
  /** What the record is called; the link's text. */
  name: ReactNode
  nameClass: string
  testId: string
  selected: boolean
  /** Came after the list was complete, by somebody else. */
  arrived: boolean
  /** The cells after the name's. */
  children: ReactNode
}

/** A row of a list, which leads to its record. */
export function Row({ to, name, nameClass, testId, selected, arrived, children }: Props) {
  return (
    <tr className={`row${selected ? ' selected' : ''}${arrived ? ' arrived' : ''}`} data-testid={testId}>
      <th scope="row" className={`row-name ${nameClass}`}>
        <a href={hashOf(to)} aria-current={selected ? 'true' : undefined}>
          {name}
        </a>
      </th>
      {children}
    </tr>
  )
}
