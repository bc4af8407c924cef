import { useQuery } from '@tidemark/client/react'
import { Drawer } from '../frame/drawer.tsx'
import { useSession } from '../session/use-session.ts'
import { useWording } from '../wording/use-wording.ts'
import { ConflictCard } from './conflict-card.tsx'
import type { Conflict } from './conflict-words.ts'
import { Settled } from './settled.tsx'

/** Every conflict that waits, and what became of those that are over. */
export function InboxDrawer({ open, onClose }: { open: readonly Conflict[]; onClose: () => void }) {
  const { db, canWrite } = useSession()
  const wording = useWording()
  const { items, status, error } = useQuery(db.conflicts.all())
  return (
    <Drawer
      title="Conflicts"
      subtitle="Texts that were written over unseen. Nothing of them is lost."
      testId="inbox-drawer"
      onClose={onClose}
    >
      <div className="inbox" aria-busy={status === 'loading'}>
        {error && (
          <p className="problem" role="status">
            The conflicts did not load. {error.message}
          </p>
        )}
        {!canWrite && <p className="note">You can look at both texts here and change nothing.</p>}
        {open.length === 0 && !error && (
          <p className="note" data-testid="inbox-empty">
            {status === 'loading' ? 'Loading…' : 'Nothing waits for you.'}
          </p>
        )}
        <ul data-testid="inbox-open">
          {open.map((item) => (
            <ConflictCard key={item.key} item={item} wording={wording} onFollow={onClose} />
          ))}
        </ul>
        <Settled items={items} wording={wording} onFollow={onClose} />
      </div>
    </Drawer>
  )
}
