import type { EditHandle } from '@tidemark/client'
import { useSession } from '../session/use-session.ts'
import type { Wording } from '../wording/wording.ts'
import { type Conflict, labelOf, possessive, valueWords, whoseOf, whyNot } from './conflict-words.ts'

type Props = {
  item: Conflict
  loser: Conflict['losers'][number]
  wording: Wording
  act: (edit: EditHandle) => void
}

/** A text that was lost, with the way back. */
export function LosingText({ item, loser, wording, act }: Props) {
  const { canWrite } = useSession()
  const cannot = item.deleted ? 'The record is deleted.' : whyNot(item, loser.field, loser.value, wording)
  const whose = possessive(whoseOf(loser, wording))
  const what = loser.field === null ? 'The deletion' : valueWords(item, loser.field, loser.value, wording)
  return (
    <p className="losing" data-testid="losing">
      <span>
        <span className="muted">
          {whose}
          {item.field === null && loser.field !== null && `, ${labelOf(loser.field).toLowerCase()}`}:
        </span>{' '}
        <span className="lost">{what}</span>
      </span>
      {canWrite && (
        <button
          type="button"
          className="quiet"
          disabled={cannot !== undefined}
          title={cannot}
          aria-label={`Restore ${what}`}
          data-testid="restore-losing"
          onClick={() => act(loser.restore())}
        >
          Restore
        </button>
      )}
    </p>
  )
}
