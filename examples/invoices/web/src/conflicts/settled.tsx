import type { EditHandle } from '@tidemark/client'
import { hashOf } from '../navigation/route.ts'
import { useSession } from '../session/use-session.ts'
import type { Wording } from '../wording/wording.ts'
import { aboutWhat, type Conflict, labelOf, momentOf } from './conflict-words.ts'
import { LosingText } from './losing-text.tsx'
import { endingOf } from './settled-words.ts'

type Props = { items: readonly Conflict[]; wording: Wording; onFollow: () => void }

/** What became of the conflicts that are over: each losing text, who did what, and the way back that stays. */
export function Settled({ items, wording, onFollow }: Props) {
  const { track } = useSession()
  const settled = items.flatMap((item) =>
    item.losers.filter(({ state }) => state !== 'open').map((loser) => ({ item, loser })),
  )
  if (settled.length === 0) return null
  return (
    <section aria-labelledby="settled-title">
      <h3 id="settled-title">Settled</h3>
      <ul data-testid="inbox-settled">
        {settled.map(({ item, loser }) => {
          const { what, route } = aboutWhat(item, wording)
          const act = (edit: EditHandle) =>
            track(`What was restored of ${what}`, item.record, edit, loser.field ?? undefined)
          return (
            <li key={loser.id} className="settled" data-testid="settled">
              <p>
                {labelOf(loser.field)} ·{' '}
                {route ? (
                  <a href={hashOf(route)} onClick={onFollow}>
                    {what}
                  </a>
                ) : (
                  what
                )}
              </p>
              <p className="muted">
                {endingOf(loser, wording)} <time dateTime={loser.at}>{momentOf(loser.at)}</time>
              </p>
              <LosingText item={item} loser={loser} wording={wording} act={act} />
            </li>
          )
        })}
      </ul>
    </section>
  )
}
