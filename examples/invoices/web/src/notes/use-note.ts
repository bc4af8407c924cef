import { openText, type TextHandle } from '@tidemark/client/text'
import { useText } from '@tidemark/client/text-react'
import { useEffect, useId, useMemo, useState } from 'react'
import type { Invoice } from '../data/database.ts'
import { useSession } from '../session/use-session.ts'

/** Milliseconds that typing may wait behind an edit without an answer, before it is made an edit of its own. */
const WAITS_MS = 500

/** The notes of an invoice while they are being written. What is typed is kept on the device as edits are. */
export function useNote({ id, number }: Pick<Invoice, 'id' | 'number'>): ReturnType<typeof useText> {
  const { db, track } = useSession()
  /** The text as it was with the last edit of it. */
  const [edited, setEdited] = useState<string>()
  const handle = useMemo(() => {
    const opened: TextHandle = openText(db, 'invoices', id, 'notes', {
      onEdit: (edit) => {
        setEdited(opened.getSnapshot().text)
        track(`The note on ${number}`, id, edit, 'notes')
      },
    })
    return opened
  }, [db, id, number, track])
  const note = useText(handle)
  const isUnsent = note.pending && note.text !== edited
  useDraftMark(isUnsent)
  // Without a connection there is no answer, and what is no edit yet would go with the window.
  useEffect(() => {
    if (!isUnsent) return undefined
    const timer = setTimeout(() => void handle.flush(), WAITS_MS)
    return () => clearTimeout(timer)
  }, [isUnsent, handle])
  return note
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
