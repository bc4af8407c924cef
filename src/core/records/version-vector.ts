import type { Context, UpdateOp } from '../../protocol/edit.ts'
import { MAX_VECTOR_ENTRIES } from '../../protocol/limits.ts'

/**
 * The write that a value comes from: its author, and its place in the tenant's order. (actor, n) is the edit's dot: the
 * client's id and its edit number, or `sql` and the seq for a write that came from Postgres.
 */
export type Version = {
  readonly actor: string
  readonly n: number
  readonly seq: number
  /** Set where Postgres had a client's edit before the log. */
  readonly external?: true
}

/** The actor of everything that Postgres already held. */
export const SQL_ACTOR = 'sql'

/** The actor of log entries that undo an edit; their n is the seq they undo. */
export const REVERT_ACTOR = 'object'

/**
 * Had the author of an edit seen the write `version` when making the edit? If so the edit is later;
 * if not, the two are concurrent. Three ways to have seen it: it lies within the prefix of the log
 * the author held, it is the author's own, or it is among the author's extra entries. An entry for the author
 * itself takes back: several pages may share a client id, and this one has not seen its edits from that n on.
 */
export function covers(context: Context, epoch: string, author: string, version: Version): boolean {
  // A prefix of another epoch speaks of another log. It counts as 0: what this log began with was there.
  if (version.seq <= (context.epoch === epoch ? context.seq : 0)) return true
  const { seen = {} } = context
  const entry = Object.hasOwn(seen, version.actor) ? seen[version.actor] : undefined
  if (version.actor === author) return entry === undefined || version.n < entry
  return entry !== undefined && version.n <= entry
}

/**
 * The seq up to which the author of an operation had seen a field. The prefix it held, unless an
 * unanswered edit of its own stood before what came since. `id` stands for the record as a whole.
 */
export function seenUpTo({ seq }: Context, { asOf = {} }: Pick<UpdateOp, 'asOf'>, field: string): number {
  const ofField = Object.hasOwn(asOf, field) ? asOf[field] : undefined
  return Math.min(seq, ofField ?? seq, asOf['id'] ?? seq)
}

/** Something a client's context claims that cannot be true. */
export type ContextFault = 'prefix-from-future' | 'entry-from-future' | 'too-many-entries'

/**
 * A context may not claim more than has happened: a prefix beyond the head, or another client's
 * edit the server has not ordered, would let its author overwrite edits it never saw.
 *
 * @param known the highest n ordered for an actor, 0 for a stranger
 */
export function findFault(
  context: Context,
  epoch: string,
  head: number,
  known: (actor: string) => number,
): ContextFault | undefined {
  if (context.epoch === epoch && context.seq > head) return 'prefix-from-future'
  const entries = Object.entries(context.seen ?? {})
  if (entries.length > MAX_VECTOR_ENTRIES) return 'too-many-entries'
  return entries.some(([actor, n]) => n > known(actor)) ? 'entry-from-future' : undefined
}
