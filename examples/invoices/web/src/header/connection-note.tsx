import { useConnection } from '@tidemark/client/react'
import { useSession } from '../session/use-session.ts'
import { noteOf, persistenceWords } from './connection-words.ts'
import { SignInButton } from './sign-in-button.tsx'
import { useUnsent } from './use-unsent.ts'

/**
 * A line under the header while there is more to say than the state's name. The region stays mounted when
 * empty, so that screen readers hear what appears in it.
 */
export function ConnectionNote() {
  const { db } = useSession()
  const connection = useConnection(db)
  const note = noteOf(connection, useUnsent())
  const kept = persistenceWords(connection)
  return (
    <div className={note?.isBad ? 'connection-note bad' : 'connection-note'} role="status">
      {note && <p data-testid="connection-note">{note.text}</p>}
      {kept !== undefined && <p data-testid="persistence-note">{kept}</p>}
      {connection.state === 'needs-auth' && <SignInButton />}
    </div>
  )
}
