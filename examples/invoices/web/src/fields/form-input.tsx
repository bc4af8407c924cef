import { FormField } from './form-field.tsx'

type Props = {
  label: string
  testId: string
  value: string
  problem?: string | undefined
  type?: 'text' | 'date'
  inputMode?: 'decimal' | 'email'
  onChange: (text: string) => void
}

/** A line of a form that is sent as a whole. */
export function FormInput({ label, testId, problem, type = 'text', onChange, ...input }: Props) {
  return (
    <FormField label={label} problem={problem}>
      {(field) => (
        <input
          autoComplete="off"
          {...input}
          {...field}
          type={type}
          data-testid={testId}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </FormField>
  )
}
