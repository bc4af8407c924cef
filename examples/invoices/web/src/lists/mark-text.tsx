import type { Mark } from '@tidemark/client/marks'

const TITLES: Record<Mark, string | undefined> = {
  saving: 'On its way to the server',
  saved: 'Safe at the server, on its way to the books',
  stored: 'In the books',
  '': undefined,
}

type Props = { mark: Mark; testId: string; id?: string }

/** How far the person's own changes of a record or a field have come. */
export function MarkText({ mark, testId, id }: Props) {
  return (
    <span id={id} className={`mark mark-${mark || 'none'}`} title={TITLES[mark]} data-testid={testId}>
      {mark}
    </span>
  )
}
