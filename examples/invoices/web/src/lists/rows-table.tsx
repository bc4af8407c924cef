import type { ReactNode } from 'react'
import { MoreButton } from './more-button.tsx'
import { useChunk } from './use-chunk.ts'

type Props<Item> = {
  /** What the rows are of, in CSS. */
  readonly name: string
  /** The columns' titles, each with its class in CSS. A last one for marks of one's own changes comes by itself. */
  readonly columns: readonly (readonly [name: string, title: string])[]
  readonly items: readonly Item[]
  readonly children: (item: Item) => ReactNode
}

/** A list's rows under their columns' titles; of a long list the first, and a way to see more. */
export function RowsTable<Item>({ name, columns, items, children }: Props<Item>) {
  const chunk = useChunk(items)
  return (
    <>
      <table className={`rows ${name}`}>
        <thead>
          <tr>
            {columns.map(([column, title]) => (
              <th key={column} scope="col" className={column}>
                {title}
              </th>
            ))}
            <th scope="col" className="mark-cell">
              <span className="visually-hidden">Your changes</span>
            </th>
          </tr>
        </thead>
        <tbody>{chunk.shown.map(children)}</tbody>
      </table>
      <MoreButton chunk={chunk} />
    </>
  )
}
