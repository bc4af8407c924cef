import type { Invoice } from '../data/database.ts'
import { SelectField } from '../fields/select-field.tsx'
import { isStatus, legalMoves, type Status, statusWords } from '../invoices/status.ts'

type Props = { invoice: Invoice; readOnly: boolean; onMove: (to: Status) => void }

/** The status with the moves that are legal from it. Voiding has its own button, because it is for good. */
export function StatusField({ invoice: { id, status }, readOnly, onMove }: Props) {
  const moves = legalMoves(status).filter((move) => move !== 'void')
  return (
    <SelectField
      label="Status"
      testId="status"
      at={{ collection: 'invoices', id, field: 'status' }}
      value={status}
      options={[status, ...moves].map((option) => [option, statusWords(option)])}
      readOnly={readOnly || moves.length === 0}
      onChoose={(value) => {
        if (isStatus(value)) onMove(value)
      }}
    />
  )
}
