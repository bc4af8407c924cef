import type { Folded } from './fold.ts'
import type { Side } from './lost-row.ts'

/** The person who looks at a conflict: their subject, undefined before the first word of a server, and their client. */
export type Reader = { readonly subject: string | undefined; readonly client: string }

/** The side that has won last, and what its reader calls yours and theirs. */
export type Sides = {
  readonly winner: Side
  readonly yours: Side | undefined
  readonly theirs: Side | undefined
}

/**
 * The sides of a conflict as its reader sees them. Where both are the reader's own, yours is what was written at this
 * client, else what lost.
 */
export function sidesFor({ rows }: Folded, reader: Reader): Sides {
  const [{ winner }] = rows
  const losers = rows.map(({ loser }) => loser)
  const all = [winner, ...losers]
  const mine = all.filter(({ by }) => by !== '' && by === reader.subject)
  const others = all.filter((side) => !mine.includes(side))
  if (others.length > 0) return { winner, yours: mine[0], theirs: others[0] }
  const yours = mine.find(({ client }) => client === reader.client) ?? losers[0]
  return { winner, yours, theirs: all.find((side) => side !== yours) }
}
