import type { EditHandle } from '@tidemark/client'
import { createMarks, type Marks } from '@tidemark/client/marks'
import { type Database, openDatabase } from '../data/database.ts'
import { trackEdit } from '../data/track-edit.ts'
import { createDraftBoard, type DraftBoard } from '../drafts/draft-board.ts'
import { createNotices, type Notices } from '../notices/notices.ts'
import { fetchToken, type Person } from './people.ts'

/** Everything a signed-in person works with. */
export type Session = {
  /** The person as tokens name them, and so histories. */
  readonly person: string
  readonly identity: Person
  readonly db: Database
  readonly marks: Marks
  readonly drafts: DraftBoard
  readonly notices: Notices
  /** Whether the person may change anything. The server decides; this spares a refusal. */
  readonly canWrite: boolean
  /** Follows an edit: the mark of the record, and of the field if it is of one; a notice when it fails. */
  track(what: string, recordId: string, edit: EditHandle, field?: string): void
  /** Signs in once more where the sign-in has ended: nothing in the window is given up. Throws with a sentence. */
  signInAgain(): Promise<void>
  close(): void
}

/** @param heard is told who the server says the person is, each time it does */
export function openSession(identity: Person, heard: (person: Person) => void): Session {
  const { person } = identity
  const db = openDatabase(identity, heard)
  const marks = createMarks()
  const notices = createNotices()
  const leaving = new AbortController()
  const stopErrors = db.onError((error) => notices.say(error.message))
  // Held for the session, so that every page shows its records at once, also without a connection.
  const held = [db.invoices.all(), db.contacts.all(), db.payments.all(), db.businessProfile.all()]
  const stops = held.map((query) => query.subscribe(() => {}))
  return {
    person,
    identity,
    db,
    marks,
    drafts: createDraftBoard(),
    notices,
    canWrite: mayWrite(identity),
    track: (what, recordId, edit, field) => void trackEdit(marks, notices, { what, recordId, edit, field }),
    async signInAgain() {
      await fetchToken(person, leaving.signal)
      db.connection.retry()
    },
    close() {
      leaving.abort()
      stopErrors()
      for (const stop of stops) stop()
      db.close()
    },
  }
}

/** The same session, of a person whom the server describes otherwise by now. */
export function describedAs(session: Session, identity: Person): Session {
  return { ...session, identity, canWrite: mayWrite(identity) }
}

function mayWrite({ role }: Person): boolean {
  return role !== 'viewer'
}
