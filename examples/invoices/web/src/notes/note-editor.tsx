import { useEffect, useRef } from 'react'
import type { Invoice } from '../data/database.ts'
import { FieldPeople } from '../presence/field-people.tsx'
import { useFieldPresence } from '../presence/use-field-presence.ts'
import { NoteArea } from './note-area.tsx'
import { useCarets } from './use-carets.ts'
import { useNote } from './use-note.ts'

type Props = {
  /** Of the label. */
  id: string
  invoice: Invoice
  readOnly: boolean
  /** Somebody waits for it with the cursor where it is to be. */
  takesFocus: boolean
}

/** Notes that several write at once: what is typed goes up as it is typed, and each sees where the others write. */
export function NoteEditor({ id, invoice, readOnly, takesFocus }: Props) {
  const { id: record } = invoice
  const { area, text, status, error, selection } = useNote(invoice)
  const { people, moved, tell, left } = useFieldPresence({
    collection: 'invoices',
    id: record,
    field: 'notes',
  })
  const { carets, typed } = useCarets(people, 'notes')
  const element = useRef<HTMLTextAreaElement | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it appears
  useEffect(() => {
    if (takesFocus) element.current?.focus()
  }, [])
  const [from, to] = [selection?.start, selection?.end]
  // biome-ignore lint/correctness/useExhaustiveDependencies: what others type moves the own cursor, too
  useEffect(() => {
    const isHere = document.activeElement === element.current && !readOnly
    if (isHere && from !== undefined && to !== undefined) tell([from, to])
  }, [from, to])
  return (
    <>
      <NoteArea text={text} carets={carets}>
        <textarea
          {...area}
          ref={(found) => {
            element.current = found
            area.ref(found)
          }}
          id={id}
          className={people.length > 0 ? 'taken' : undefined}
          readOnly={readOnly || status !== 'ready'}
          aria-busy={status === 'loading'}
          aria-describedby={`${id}-problem ${id}-mark`}
          data-testid="notes"
          onChange={(event) => {
            const { value, selectionEnd } = event.currentTarget
            typed(text, value, selectionEnd)
            area.onChange(event)
          }}
          // Whoever only reads does not write here.
          {...(!readOnly && { onFocus: moved })}
          onBlur={left}
        />
      </NoteArea>
      <FieldPeople people={people} label="Notes" testId="notes" />
      <p id={`${id}-problem`} className="problem" role="status" data-testid="notes-problem">
        {status === 'error' && error?.message}
      </p>
    </>
  )
}
