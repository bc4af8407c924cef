import { useHistory } from '@tidemark/client/react'
import { useEffect, useMemo } from 'react'
import type { Invoice } from '../data/database.ts'
import { useSession } from '../session/use-session.ts'
import { useWording } from '../wording/use-wording.ts'
import { HistoryEntry } from './history-entry.tsx'
import { runsOf } from './history-runs.ts'
import type { InvoiceItem } from './history-words.ts'

/** Entries that are enough to begin with, and changes that are read for them unasked: writing is many for one. */
const ENOUGH = 8
const MOST_UNASKED = 400

type Props = { id: string; name: string; invoice: Invoice | undefined }

/** What happened to an invoice, live, the newest first. */
export function HistoryList({ id, name, invoice }: Props) {
  const { db, canWrite, track } = useSession()
  const history = db.invoices.history(id)
  const { items, status, error, older } = useHistory(history)
  const runs = useMemo(() => runsOf(items), [items])
  const wording = useWording()
  const isFew = older === 'more' && runs.length < ENOUGH && items.length < MOST_UNASKED
  const goesOnFrom = status === 'ready' && isFew ? items.length : undefined
  useEffect(() => {
    if (goesOnFrom !== undefined) history.more()
  }, [goesOnFrom, history])
  const takeBack = async (taken: readonly InvoiceItem[]) => {
    for (const item of taken) {
      const edit = item.undo()
      track(`The undo on ${name}`, id, edit)
      if (!(await edit.accepted).ok) return
    }
  }
  // With nothing to go on from, what is older comes when the drawer is opened again.
  const isEnd = status === 'ready' && (older === 'none' || (older === 'more' && items.length === 0))
  return (
    <div className="history" aria-busy={status === 'loading'}>
      <p className={error ? 'problem' : 'muted'} role="status" data-testid="history-note">
        {error ? `The history did not load. ${error.message}` : noteOf(status, items.length, older)}
      </p>
      <ol data-testid="history">
        {runs.map((run) => {
          // By its first change: a run that goes on stays the same.
          const first = run.items.at(-1) ?? run.whole
          return (
            <HistoryEntry
              key={`${first.epoch} ${first.seq}`}
              run={run}
              now={invoice}
              wording={wording}
              canWrite={canWrite}
              onUndo={(taken) => void takeBack(taken)}
            />
          )
        })}
      </ol>
      {!isEnd && status !== 'loading' && (
        <button type="button" onClick={() => history.more()} data-testid="history-more">
          {status === 'error' || older === 'unavailable' ? 'Try again' : 'Show older'}
        </button>
      )}
    </div>
  )
}

function noteOf(
  status: 'loading' | 'ready' | 'error',
  count: number,
  older: 'none' | 'more' | 'unavailable',
) {
  if (status === 'loading') return 'Loading…'
  if (older === 'unavailable')
    return 'What is older is not available now, because the database does not answer.'
  return count === 0 ? 'Nothing was changed yet.' : undefined
}
