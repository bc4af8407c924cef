import { momentOf } from '../conflicts/conflict-words.ts'
import type { Invoice } from '../data/database.ts'
import { ListNote } from '../lists/list-note.tsx'
import { Row } from '../lists/row.tsx'
import { useSession } from '../session/use-session.ts'
import { useWording } from '../wording/use-wording.ts'
import { whoOf } from '../wording/wording.ts'
import { findDeleted } from './deleted.ts'
import { useDeleted } from './use-deleted.ts'

type Props = {
  invoices: readonly Invoice[]
  /** The invoices that there are are not all here yet, so that it is not known which are gone. */
  isLoading: boolean
  text: string
  selectedId: string | undefined
}

/** The invoices that were deleted lately; each leads to its history, and to the way back. */
export function DeletedList({ invoices, isLoading, text, selectedId }: Props) {
  const { db, track } = useSession()
  const { deleted, status, problem, isMuted } = useDeleted(invoices)
  const wording = useWording()
  const isBusy = isLoading || status === 'loading'
  const shown = isLoading ? [] : findDeleted(deleted, text)
  const noteOf = () => {
    if (problem !== undefined) return `The deleted invoices did not load. ${problem}`
    if (isBusy) return 'Loading deleted invoices…'
    if (isMuted) return 'You do not want to be told of deleted invoices, so they are not listed here.'
    if (shown.length > 0) return undefined
    return text.trim() === '' ? 'No invoice was deleted lately.' : 'No deleted invoice matches.'
  }
  return (
    <div className="deleted" aria-busy={isBusy}>
      <p className="totals" data-testid="totals">
        {shown.length === 1 ? '1 deleted invoice' : `${shown.length} deleted invoices`}
      </p>
      <ListNote text={noteOf()} />
      {isMuted && (
        <button
          type="button"
          className="more"
          onClick={() => track('The choice', 'invoice-deleted', db.notifications.unmute('invoice-deleted'))}
        >
          Tell me again
        </button>
      )}
      {shown.length > 0 && (
        <table className="rows deleted-rows">
          <thead>
            <tr>
              <th scope="col" className="number">
                Number
              </th>
              <th scope="col" className="contact">
                Deleted by
              </th>
              <th scope="col" className="when">
                When
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ id, number, by, at }) => (
              <Row
                key={id}
                to={{ at: 'invoice', id }}
                name={number}
                nameClass="number"
                testId={`deleted-row-${number}`}
                selected={id === selectedId}
                arrived={false}
              >
                <td className="contact">{whoOf(by, wording)}</td>
                <td className="when">
                  <time dateTime={at}>{momentOf(at)}</time>
                </td>
              </Row>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}
