import type { Edit } from '../../../src/protocol/edit.ts'

/** Whose a write was, and which of theirs. */
type Made = { readonly actor: string; readonly n: number }

/**
 * Does an edit say that its author had seen a write, apart from the place in the log that it names? An author has seen
 * its own; one that lists itself has not from that n on, for another tab has made them under the same name.
 */
export function saysSeen({ context: { seen = {} } }: Edit, author: string, { actor, n }: Made): boolean {
  const listed = seen[actor]
  return actor === author ? listed === undefined || n < listed : n <= (listed ?? 0)
}
