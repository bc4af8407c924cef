import { useId } from 'react'
import { LiveValue } from '../lists/live-value.tsx'

type Props = { count: number; own: boolean; readOnly: boolean; onAdd: () => void }

export function Reminders({ count, own, readOnly, onAdd }: Props) {
  const id = useId()
  return (
    <div className="field">
      <span className="label" id={id}>
        Reminders sent
      </span>
      <div className="counter">
        <output aria-labelledby={id} data-testid="reminders">
          <LiveValue value={count} own={own}>
            {count}
          </LiveValue>
        </output>
        {!readOnly && (
          <button type="button" data-testid="add-reminder" aria-label="Add a reminder" onClick={onAdd}>
            + 1
          </button>
        )}
      </div>
    </div>
  )
}
