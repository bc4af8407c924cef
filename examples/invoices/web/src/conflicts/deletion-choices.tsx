import type { EditHandle } from '@tidemark/client'
import { useSession } from '../session/use-session.ts'
import type { Wording } from '../wording/wording.ts'
import type { Conflict } from './conflict-words.ts'
import { LosingText } from './losing-text.tsx'

type Props = { item: Conflict; wording: Wording; act: (edit: EditHandle) => void }

/** What a deletion has cost, or a deletion that was not done, and the ways out. */
export function DeletionChoices({ item, wording, act }: Props) {
  const { db, canWrite } = useSession()
  const { collection, record, deleted } = item
  const bringBack = () => {
    if (collection === 'contacts') act(db.contacts.restore(record))
    if (collection === 'invoices') act(db.invoices.restore(record))
  }
  const canComeBack = deleted && (collection === 'contacts' || collection === 'invoices')
  return (
    <>
      {item.losers.map((loser) => (
        <LosingText key={loser.id} item={item} loser={loser} wording={wording} act={act} />
      ))}
      {canWrite && (
        <div className="choices">
          <button type="button" data-testid="keep" onClick={() => act(item.dismiss())}>
            {item.kind === 'delete-won' ? 'Leave it deleted' : 'Keep it'}
          </button>
          {canComeBack && (
            <button type="button" className="primary" data-testid="bring-back" onClick={bringBack}>
              Bring it back
            </button>
          )}
        </div>
      )}
    </>
  )
}
