import type { Peer } from '@tidemark/client'
import { initialsOf, toneOf } from './initials.ts'

type Props = { people: readonly Peer[]; label: string; testId: string; most?: number }

/** People as circles with initials, and with names for whoever does not see them. */
export function People({ people, label, testId, most = 4 }: Props) {
  if (people.length === 0) return null
  const more = people.slice(most)
  return (
    <ul className="peers" aria-label={label} data-testid={testId}>
      {people.slice(0, most).map(({ subject, name }) => (
        <li key={subject} className={`peer tone-${toneOf(subject)}`} title={name}>
          <span aria-hidden="true">{initialsOf(name)}</span>
          <span className="visually-hidden">{name}</span>
        </li>
      ))}
      {more.length > 0 && (
        <li className="peer tone-more" title={namesOf(more)}>
          <span aria-hidden="true">+{more.length}</span>
          <span className="visually-hidden">{namesOf(more)}</span>
        </li>
      )}
    </ul>
  )
}

/** Names as a sentence has them. */
export function namesOf(people: readonly Peer[]): string {
  const names = people.map(({ name }) => name)
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
