import type { ReactNode } from 'react'

type Props = {
  label: string
  isBusy: boolean
  /** What is open beside it. On a narrow screen it takes the list's place. */
  panel?: ReactNode
  children: ReactNode
}

/** A page: a list or a form, and a panel beside it where something is open. */
export function Page({ label, isBusy, panel, children }: Props) {
  return (
    <div className={panel === undefined ? 'page' : 'page page-open'}>
      <main className="list-pane" aria-label={label} aria-busy={isBusy}>
        {children}
      </main>
      {panel}
    </div>
  )
}
