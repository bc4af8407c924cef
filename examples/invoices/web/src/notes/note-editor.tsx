import { openText } from '@tidemark/client/text'
import { useText } from '@tidemark/client/text-react'
import { useEffect, useId, useMemo, useRef } from 'react'
import type { Invoice } from '../data/database.ts'
import { useMark } from '../data/use-mark.ts'
import { FieldPeople } from '../presence/field-people.tsx'
import { useFieldPresence } from '../presence/use-field-presence.ts'
import { useSession } from '../session/use-session.ts'
import { NoteArea } from './note-area.tsx'
import { useCarets } from './use-carets.ts'

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
  const { id: record, number } = invoice
  const { db, track } = useSession()
  const handle = useMemo(
    () =>
      openText(db, 'invoices', record, 'notes', {
        onEdit: (edit) => track(`The note on ${number}`, record, edit, 'notes'),
      }),
    [db, record, number, track],
  )
  const { area, text, status, error, pending, selection } = useText(handle)
  const { people, moved, tell, left } = useFieldPresence({
    collection: 'invoices',
    id: record,
    field: 'notes',
  })
  const { carets, typed } = useCarets(people, 'notes')
  const element = useRef<HTMLTextAreaElement | null>(null)
  const mark = useMark(record, 'notes')
  useDraftMark(pending && mark !== 'saving')
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

/** Counts what is typed and not even an edit yet among what would be lost with the window. */
function useDraftMark(isUnsent: boolean): void {
  const { drafts } = useSession()
  const name = useId()
  useEffect(() => {
    drafts.mark(name, isUnsent)
    return () => drafts.mark(name, false)
  }, [drafts, name, isUnsent])
}
