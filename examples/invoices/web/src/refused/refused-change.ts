import type { RefusedEdit, WriteDraft } from '@tidemark/client'
import { type Field, type FieldWording, fieldsOf, readValue, textOf } from './refused-fields.ts'

/** A field of a refused edit that may be written otherwise. */
export type EditableField = {
  /** Names it among those of all writes. */
  readonly key: string
  /** The place of its write in the edit. */
  readonly write: number
  readonly column: string
  readonly field: Field
  readonly text: string
}

/** The fields of a refused edit that a person can write otherwise, as they wrote them. */
export function editableOf({ writes }: Pick<RefusedEdit, 'writes'>, wording: FieldWording): EditableField[] {
  return writes.flatMap(({ collection, values }, write) =>
    fieldsOf(collection).flatMap(([column, field]) => {
      const text = Object.hasOwn(values, column) ? textOf(field, values[column], wording) : undefined
      return text === undefined ? [] : [{ key: `${write} ${column}`, write, column, field, text }]
    }),
  )
}

/** The change that the texts of such fields make, with a sentence for each that says nothing that can be sent. */
export function changeIn(
  fields: readonly EditableField[],
  texts: Readonly<Record<string, string>>,
  wording: FieldWording,
): {
  readonly problems: Readonly<Record<string, string>>
  readonly apply: (writes: readonly WriteDraft[]) => void
} {
  const problems: Record<string, string> = {}
  const changes: { readonly write: number; readonly column: string; readonly value: unknown }[] = []
  for (const { key, write, column, field, text } of fields) {
    const typed = texts[key] ?? text
    // What nobody touched stays as it was, however this form would write it.
    if (typed === text) continue
    const said = readValue(field, typed, wording)
    if ('problem' in said) problems[key] = said.problem
    else changes.push({ write, column, value: said.value })
  }
  return {
    problems,
    apply(writes) {
      for (const { write, column, value } of changes) {
        const values = writes[write]?.values
        if (values) values[column] = value
      }
    },
  }
}
