import type { EditHandle } from '@tidemark/client'
import { useSession } from '../session/use-session.ts'
import { MarkedText } from '../wording/marked-text.tsx'
import type { Wording } from '../wording/wording.ts'
import { type Conflict, possessive, valueWords, whoseOf, whyNot } from './conflict-words.ts'
import { LosingText } from './losing-text.tsx'

type Props = { item: Conflict; wording: Wording; act: (edit: EditHandle) => void }

/** Both texts side by side, what was before and what stands now, and the choice between them. */
export function FieldChoices({ item, wording, act }: Props) {
  const { canWrite } = useSession()
  const { yours, theirs, winner, losers, current } = item
  const words = (value: unknown) => valueWords(item, item.field, value, wording)
  const left = yours ?? winner
  const right = theirs ?? losers[0] ?? winner
  // Two devices of one person are told apart by what became of what they wrote.
  const isSame = left.by === right.by && left.client !== 'sql'
  const title = (side: typeof left) =>
    isSame && side === right ? 'Yours, elsewhere' : possessive(whoseOf(side, wording))
  const shown = [
    { side: left, other: right, how: 'yours' as const, testId: 'yours' },
    { side: right, other: left, how: 'theirs' as const, testId: 'theirs' },
  ]
  const now = words(current)
  const more = losers.filter(
    ({ value, by }) => !shown.some(({ side }) => side.value === value && side.by === by),
  )
  const isOnlooker = yours === undefined
  return (
    <>
      <dl className="texts">
        {'base' in item && (
          <div className="wide">
            <dt>Before</dt>
            <dd data-testid="before">{words(item.base)}</dd>
          </div>
        )}
        {shown.map(({ side, other, testId }) => (
          <div key={testId} className={words(side.value) === now ? 'stands' : undefined}>
            <dt>
              {title(side)} {words(side.value) === now && <span className="muted">stands now</span>}
            </dt>
            <dd data-testid={testId}>
              <MarkedText text={words(side.value)} other={words(other.value)} />
            </dd>
          </div>
        ))}
        {shown.every(({ side }) => words(side.value) !== now) && (
          <div className="wide stands">
            <dt>Stands now</dt>
            <dd data-testid="now">{now}</dd>
          </div>
        )}
      </dl>
      {canWrite && (
        <div className="choices">
          <button type="button" data-testid="keep" onClick={() => act(keep(item))}>
            Keep what stands
          </button>
          {!isOnlooker &&
            shown.map(({ side, how, testId }) => {
              if (words(side.value) === now) return null
              const cannot = whyNot(item, item.field, side.value, wording)
              return (
                <button
                  key={testId}
                  type="button"
                  className={how === 'yours' ? 'primary' : undefined}
                  disabled={cannot !== undefined}
                  title={cannot}
                  data-testid={`take-${how}`}
                  onClick={() => act(item.resolve(how))}
                >
                  Take {title(side).replace(/^Y/, 'y')}
                </button>
              )
            })}
        </div>
      )}
      {(isOnlooker ? losers : more).map((loser) => (
        <LosingText key={loser.id} item={item} loser={loser} wording={wording} act={act} />
      ))}
    </>
  )
}

/** What stands is the winner's, as a rule; where somebody has written since, the matter is put aside as it is. */
function keep(item: Conflict): EditHandle {
  const kept = (['yours', 'theirs'] as const).find(
    (how) => item[how]?.won && item[how]?.value === item.current,
  )
  return kept ? item.resolve(kept) : item.dismiss()
}
