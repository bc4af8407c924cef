import type { EditHandle, RefusedEdit } from '@tidemark/client'
import { useEffect, useRef, useState } from 'react'
import { useFormDraft } from '../drafts/use-form-draft.ts'
import { FormField } from '../fields/form-field.tsx'
import { FormInput } from '../fields/form-input.tsx'
import type { Wording } from '../wording/wording.ts'
import { changeIn, type EditableField, editableOf } from './refused-change.ts'
import { choicesOf } from './refused-fields.ts'

type Props = {
  item: RefusedEdit
  wording: Wording
  onSend: (edit: EditHandle) => void
  onCancel: () => void
}

/** Whether there is anything in a refused edit that a person can write otherwise. */
export function isChangeable(item: RefusedEdit, wording: Wording): boolean {
  return editableOf(item, wording).length > 0
}

/** What the person wrote, to be written otherwise and sent. What is typed is kept while they are elsewhere. */
export function RefusedForm({ item, wording, onSend, onCancel }: Props) {
  const fields = editableOf(item, wording)
  const proposed = Object.fromEntries(fields.map(({ key, text }) => [key, text]))
  const { text, change, drop } = useFormDraft(`refused ${item.id}`, proposed)
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector<HTMLElement>('input, textarea, select')?.focus(), [])
  const send = () => {
    const changed = changeIn(fields, text, wording)
    setProblems(changed.problems)
    if (Object.keys(changed.problems).length > 0) return
    drop()
    onSend(item.change(changed.apply))
  }
  const cancel = () => {
    drop()
    onCancel()
  }
  return (
    <form
      ref={form}
      className="detail"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {fields.map((field) => (
        <Input
          key={field.key}
          field={field}
          text={text[field.key] ?? field.text}
          problem={problems[field.key]}
          wording={wording}
          onChange={(typed) => change({ [field.key]: typed })}
        />
      ))}
      <div className="form-actions">
        <button type="submit" className="primary" data-testid="refused-send">
          Send
        </button>
        <button type="button" className="quiet" data-testid="refused-cancel" onClick={cancel}>
          Leave as it was
        </button>
      </div>
    </form>
  )
}

type InputProps = {
  field: EditableField
  text: string
  problem: string | undefined
  wording: Wording
  onChange: (text: string) => void
}

function Input({ field: { column, field }, text, problem, wording, onChange }: InputProps) {
  const testId = `change-${column}`
  const label = field.kind === 'money' ? `${field.label} in ${wording.currency}` : field.label
  const choices = choicesOf(field, text, wording)
  if (!choices && field.kind !== 'lines')
    return (
      <FormInput
        label={label}
        testId={testId}
        value={text}
        problem={problem}
        type={field.kind === 'day' ? 'date' : 'text'}
        {...(field.kind === 'money' && { inputMode: 'decimal' as const })}
        onChange={onChange}
      />
    )
  return (
    <FormField label={label} problem={problem}>
      {(attributes) => {
        const shared = {
          ...attributes,
          'data-testid': testId,
          value: text,
          onChange: ({ target }: { target: { value: string } }) => onChange(target.value),
        }
        if (!choices) return <textarea rows={3} {...shared} />
        return (
          <select {...shared}>
            {choices.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )
      }}
    </FormField>
  )
}
