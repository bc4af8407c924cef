import type { Mark } from '../data/marks.ts'

const TITLES: Record<Mark, string | undefined> = {
  saving: 'On its way to the server',
  saved: 'Safe at the server, on its way to the books',
  stored: 'In the books',
  '': undefined,
}

/** How far the person's own changes of a row have come. */
export function MarkText({ number, mark }: { number: string; mark: Mark }) {
  return (
    <span className={`mark mark-${mark || 'none'}`} title={TITLES[mark]} data-testid={`mark-${number}`}>
      {mark}
    </span>
  )
}
