import type { Mark } from '@tidemark/client/marks'
import { useHasConflict } from '../conflicts/use-has-conflict.ts'
import { paymentOn } from '../drafts/form-names.ts'
import { useHasDraft } from '../drafts/use-drafts.ts'
import { MarkText } from '../lists/mark-text.tsx'

type Props = { id: string; number: string; mark: Mark }

/** The mark of an invoice's row, or that a payment on it was typed and not recorded, or that a conflict waits. */
export function RowMark({ id, number, mark }: Props) {
  const testId = `mark-${number}`
  const isTyped = useHasDraft(paymentOn(id))
  const isConflicted = useHasConflict({ collection: 'invoices', record: id })
  if (!isTyped && isConflicted && mark !== 'saving') {
    return (
      <span className="mark mark-conflict" title="A conflict waits for somebody" data-testid={testId}>
        conflict
      </span>
    )
  }
  if (!isTyped) return <MarkText mark={mark} testId={testId} />
  return (
    <span className="mark mark-typed" title="A payment is typed and not recorded" data-testid={testId}>
      typed
    </span>
  )
}
