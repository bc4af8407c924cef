import type { Mark } from '../data/marks.ts'
import { paymentOn } from '../drafts/form-names.ts'
import { useHasDraft } from '../drafts/use-drafts.ts'

const TITLES: Record<Mark, string | undefined> = {
  saving: 'On its way to the server',
  saved: 'Safe at the server, on its way to the books',
  stored: 'In the books',
  '': undefined,
}

type Props = { id: string; number: string; mark: Mark }

/** How far the person's own changes of a row have come, or that a payment on it was typed and not recorded. */
export function MarkText({ id, number, mark }: Props) {
  const isTyped = useHasDraft(paymentOn(id))
  if (isTyped) {
    return (
      <span
        className="mark mark-typed"
        title="A payment is typed and not recorded"
        data-testid={`mark-${number}`}
      >
        typed
      </span>
    )
  }
  return (
    <span className={`mark mark-${mark || 'none'}`} title={TITLES[mark]} data-testid={`mark-${number}`}>
      {mark}
    </span>
  )
}
