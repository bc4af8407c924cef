import type { Peer } from '@tidemark/client'
import { namesOf, People } from './people.tsx'

/** Who else is in a field. */
export function FieldPeople({
  people,
  label,
  testId,
}: {
  people: readonly Peer[]
  label: string
  testId: string
}) {
  if (people.length === 0) return null
  return (
    <p className="field-people" data-testid={`${testId}-people`}>
      <People people={people} label={`Also in ${label}`} testId={`${testId}-circles`} />
      <span aria-hidden="true">
        {namesOf(people)} {people.length === 1 ? 'is' : 'are'} writing here
      </span>
    </p>
  )
}
