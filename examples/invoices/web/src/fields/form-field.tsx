import { type ReactNode, useId } from 'react'

/** What an input needs to belong to its label and its problem. */
type FieldAttributes = { id: string; 'aria-invalid': boolean; 'aria-describedby': string }

type Props = {
  label: string
  /** Why the value cannot be saved, or a hint about it. */
  problem?: string | undefined
  children: (attributes: FieldAttributes) => ReactNode
}

/** A labelled input of a form, with its problem below. */
export function FormField({ label, problem, children }: Props) {
  const id = useId()
  const problemId = `${id}-problem`
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-invalid': problem !== undefined, 'aria-describedby': problemId })}
      <p id={problemId} className="problem" role="status">
        {problem}
      </p>
    </div>
  )
}
