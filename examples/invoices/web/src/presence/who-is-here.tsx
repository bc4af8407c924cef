import type { RecordPlace } from '@tidemark/client'
import { useConnection, usePeers, usePresence } from '@tidemark/client/react'
import type { App } from '../../../sync.ts'
import { useSession } from '../session/use-session.ts'
import { namesOf, People } from './people.tsx'

/** Who else looks at a record; and whoever has this on the screen looks at it, too. */
export function WhoIsHere({ collection, id }: RecordPlace<App>) {
  const { db } = useSession()
  const record = { collection, id }
  usePresence(db, record)
  const peers = usePeers(db, record)
  const { state } = useConnection(db)
  return (
    <div className="who-is-here" role="status">
      <People people={peers} label="Also looking at this" testId="here" />
      {peers.length > 0 && (
        <span className="muted" aria-hidden="true">
          {namesOf(peers)} {peers.length === 1 ? 'is' : 'are'} here, too
        </span>
      )}
      {peers.length === 0 && (
        <span className="muted" data-testid="nobody-here">
          {state === 'live' ? 'Nobody else is here.' : 'Who else is here is not known without a connection.'}
        </span>
      )}
    </div>
  )
}
