import { ownerOf } from '../people/users.ts'
import type { Visitor } from '../people/visitor.ts'
import type { Judge } from './judge.ts'

/**
 * Is everybody shown to a visitor who is in the hall, and nobody else?
 *
 * @param deaf who reads nothing any more, so that nobody can say whether they are there
 */
export function seesWhoIsThere(
  { who, person }: Visitor,
  visitors: Iterable<Visitor>,
  deaf: string | undefined,
): boolean {
  if (!person.following.isPresent) return true
  const others = [...visitors].filter(
    (other) => other.who.tenant === who.tenant && other.person.following.isPresent,
  )
  // A page stays as whom it is connected until its next token, whoever has signed in.
  const pages = (subjects: readonly string[]) =>
    new Set(subjects.map(ownerOf).filter((owner) => owner !== deaf && owner !== who.subject))
  const [shown, there] = [person.following.company, others.map((other) => other.who.subject)].map(
    (subjects) => [...pages(subjects)].sort().join(),
  )
  return shown === there
}

/** In the end everybody sees who is there. */
export function judgeCompany(visitors: readonly Visitor[], deaf: string | undefined, judge: Judge): void {
  for (const visitor of visitors) {
    if (!visitor.person.following.isPresent) continue
    const told = () =>
      `${visitor.status} is shown ${visitor.person.following.company.join() || 'nobody'} in the hall`
    judge.check('PRS', seesWhoIsThere(visitor, visitors, deaf), told)
  }
}
