import type { EditHandle } from '@tidemark/client'
import { type Database, openDatabase } from '../data/database.ts'
import { createMarkBoard, type MarkBoard } from '../data/mark-board.ts'
import { trackEdit } from '../data/track-edit.ts'
import { createDraftBoard, type DraftBoard } from '../drafts/draft-board.ts'
import { createNotices, type Notices } from '../notices/notices.ts'
import { fetchIdentity, type Identity } from './people.ts'

/** Everything a signed-in person works with. */
export type Session = {
  readonly identity: Identity
  readonly db: Database
  readonly marks: MarkBoard
  readonly drafts: DraftBoard
  readonly notices: Notices
  /** Whether the person may change anything. The server decides; this spares a refusal. */
  readonly canWrite: boolean
  /** Follows an edit: the mark on the record's row, a notice when it fails. */
  track(what: string, recordId: string, edit: EditHandle): void
  /** Signs in once more where the sign-in has ended: nothing in the window is given up. Throws with a sentence. */
  signInAgain(): Promise<void>
  close(): void
}

export function openSession(person: string, identity: Identity): Session {
  const db = openDatabase(person, identity.tenant)
  const marks = createMarkBoard()
  const notices = createNotices()
  const leaving = new AbortController()
  const stopErrors = db.onError((error) => notices.say(error.message))
  // Held for the session, so that opening an invoice shows its payments at once.
  const stopPayments = db.payments.all().subscribe(() => {})
  return {
    identity,
    db,
    marks,
    drafts: createDraftBoard(),
    notices,
    canWrite: identity.role !== 'viewer',
    track: (what, recordId, edit) => void trackEdit(marks, notices, { what, recordId, edit }),
    async signInAgain() {
      await fetchIdentity(person, leaving.signal)
      db.connection.retry()
    },
    close() {
      leaving.abort()
      stopErrors()
      stopPayments()
      db.close()
    },
  }
}
