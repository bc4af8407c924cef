import { useId } from 'react'
import { isStatus, legalMoves, type Status, statusWords } from '../invoices/status.ts'

type Props = { status: Status; readOnly: boolean; onMove: (to: Status) => void }

/** The status with the moves that are legal from it. Voiding has its own button, because it is for good. */
export function StatusField({ status, readOnly, onMove }: Props) {
  const id = useId()
  const moves = legalMoves(status).filter((move) => move !== 'void')
  return (
    <div className="field">
      <label htmlFor={id}>Status</label>
      <select
        id={id}
        data-testid="status"
        value={status}
        disabled={readOnly || moves.length === 0}
        onChange={({ target: { value } }) => {
          if (isStatus(value)) onMove(value)
        }}
      >
        {[status, ...moves].map((option) => (
          <option key={option} value={option}>
            {statusWords(option)}
          </option>
        ))}
      </select>
    </div>
  )
}
