import type { EditHandle } from '@tidemark/client'
import { hashOf } from '../navigation/route.ts'
import { useSession } from '../session/use-session.ts'
import type { Wording } from '../wording/wording.ts'
import { aboutWhat, type Conflict, labelOf, momentOf, sentenceOf } from './conflict-words.ts'
import { DeletionChoices } from './deletion-choices.tsx'
import { FieldChoices } from './field-choices.tsx'

type Props = { item: Conflict; wording: Wording; onFollow: () => void }

/** One conflict: what it is about, all texts of it, and what can be done. */
export function ConflictCard({ item, wording, onFollow }: Props) {
  const { track } = useSession()
  const { what, route } = aboutWhat(item, wording)
  const act = (edit: EditHandle) =>
    track(`What was chosen for ${what}`, item.record, edit, item.field ?? undefined)
  return (
    <li className="conflict" data-testid={`conflict-${item.field ?? item.kind}`}>
      <h3>
        {item.field !== null && <span>{labelOf(item.field)} · </span>}
        {route ? (
          <a href={hashOf(route)} onClick={onFollow}>
            {what}
          </a>
        ) : (
          what
        )}
      </h3>
      <p className="muted">
        {sentenceOf(item, wording)} <time dateTime={item.at}>{momentOf(item.at)}</time>
      </p>
      {item.kind === 'field' ? (
        <FieldChoices item={item} wording={wording} act={act} />
      ) : (
        <DeletionChoices item={item} wording={wording} act={act} />
      )}
    </li>
  )
}
