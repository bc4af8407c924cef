import { useId } from 'react'
import { FieldConflict } from '../conflicts/field-conflict.tsx'
import { useMark } from '../data/use-mark.ts'
import type { FieldPlace } from '../presence/use-field-presence.ts'
import { FieldLabel } from './field-label.tsx'

type Props = {
  label: string
  testId: string
  /** The record and the column that the field shows. */
  at: FieldPlace
  value: string
  options: readonly (readonly [value: string, words: string])[]
  readOnly: boolean
  onChoose: (value: string) => void
}

/** A choice that is saved as soon as it is made. */
export function SelectField({ label, testId, at, value, options, readOnly, onChoose }: Props) {
  const id = useId()
  const mark = useMark(at.id, at.field)
  return (
    <div className="field">
      <FieldLabel id={id} label={label} testId={testId} mark={mark} />
      <select
        id={id}
        data-testid={testId}
        value={value}
        disabled={readOnly}
        aria-describedby={`${id}-mark`}
        onChange={(event) => onChoose(event.target.value)}
      >
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
      <FieldConflict at={at} testId={testId} />
    </div>
  )
}
