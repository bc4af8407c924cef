import { useHistory } from '@tidemark/client/react'
import { useSession } from '../session/use-session.ts'
import { HistoryList } from './history-list.tsx'

/** What stands where an invoice was: what happened to it, and the way back if it was deleted. */
export function MissingInvoice({ id }: { id: string }) {
  const { db, canWrite, track } = useSession()
  const history = db.invoices.history(id)
  const { deleted, status, error: found } = useHistory(history)
  // That there is none, or none to be seen, is an answer.
  const error = found?.code === 'not-found' ? undefined : found
  if (!deleted) {
    return (
      <div className="detail" aria-busy={status === 'loading'}>
        <p className={error ? 'problem' : 'note'} role="status" data-testid="missing">
          {error ? `It is not known what became of this invoice. ${error.message}` : wordsFor(status)}
        </p>
        {error && (
          <button type="button" onClick={() => history.more()}>
            Try again
          </button>
        )}
      </div>
    )
  }
  return (
    <div className="detail">
      <p className="note" role="status" data-testid="deleted">
        This invoice was deleted. {canWrite && 'Restored, it has all that it held.'}
      </p>
      {canWrite && (
        <button
          type="button"
          className="primary"
          data-testid="restore"
          onClick={() => track('The invoice', id, db.invoices.restore(id))}
        >
          Restore invoice
        </button>
      )}
      <section aria-labelledby="history-title">
        <h3 id="history-title">History</h3>
        <HistoryList id={id} name="the invoice" invoice={undefined} />
      </section>
    </div>
  )
}

function wordsFor(status: 'loading' | 'ready' | 'error'): string {
  return status === 'loading' ? 'Loading…' : 'There is no such invoice here.'
}
