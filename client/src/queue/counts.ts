import type { People } from './people.ts'

/** Numbers of edits: that have no outcome, that would go with the page, and that wait for somebody else. */
export function countsOf(people: People | undefined) {
  if (!people) return { pending: 0, unsent: 0, held: 0 }
  const { size, unsaved } = people.current.queue
  return { pending: size, unsent: unsaved, held: people.held }
}
