import { useId, useState } from 'react'
import { FieldConflict } from '../conflicts/field-conflict.tsx'
import type { Invoice } from '../data/database.ts'
import { useMark } from '../data/use-mark.ts'
import { FieldLabel } from '../fields/field-label.tsx'
import { useEditor } from './load-editor.ts'
import { NoteArea } from './note-area.tsx'

/** The notes on an invoice, which several write at once. Whoever may not see them is told so. */
export function NoteField({ invoice, readOnly }: { invoice: Invoice; readOnly: boolean }) {
  const id = useId()
  const mark = useMark(invoice.id, 'notes')
  const loading = useEditor()
  const [hasFocus, setFocus] = useState(false)
  // A column that is hidden is not in the row at all.
  if (!Object.hasOwn(invoice, 'notes'))
    return <p className="muted">Notes are for those who keep the books.</p>
  return (
    <div className="field">
      <FieldLabel id={id} label="Notes" testId="notes" mark={mark} />
      {loading.is === 'ready' ? (
        <loading.Editor id={id} invoice={invoice} readOnly={readOnly} takesFocus={hasFocus} />
      ) : (
        <NoteArea text={invoice.notes}>
          <textarea
            id={id}
            readOnly
            aria-busy={loading.is !== 'failed'}
            value={invoice.notes}
            data-testid="notes-waiting"
            onFocus={() => setFocus(true)}
            onBlur={() => setFocus(false)}
          />
        </NoteArea>
      )}
      {loading.is === 'failed' && !readOnly && (
        <p className="problem" role="alert" data-testid="notes-failed">
          Notes cannot be written just now, because a part of the page did not load.{' '}
          <button type="button" className="quiet" onClick={() => window.location.reload()}>
            Reload
          </button>
        </p>
      )}
      <FieldConflict at={{ collection: 'invoices', id: invoice.id, field: 'notes' }} testId="notes" />
    </div>
  )
}
