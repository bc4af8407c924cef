import type { Mark } from '@tidemark/client/marks'
import { MarkText } from '../lists/mark-text.tsx'

type Props = { id: string; label: string; testId: string; mark: Mark }

/** The label of a field that saves itself, with how far its last change has come. */
export function FieldLabel({ id, label, testId, mark }: Props) {
  return (
    <div className="field-label">
      <label htmlFor={id}>{label}</label>
      <MarkText id={`${id}-mark`} mark={mark} testId={`${testId}-mark`} />
    </div>
  )
}
