import type { People } from './people.ts'

/** How many edits have no outcome, how many of them would go with the page, and how many wait for somebody else. */
export function countsOf(people: People | undefined) {
  if (!people) return { pending: 0, unsent: 0, held: 0 }
  const { size, unsaved } = people.current.queue
  return { pending: size, unsent: unsaved, held: people.held }
}
