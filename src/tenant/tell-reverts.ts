import type { Revert } from '../protocol/down.ts'
import type { Sessions } from './sessions.ts'

/** A revert and the client whose edit it undid. */
export type Told = { readonly client: string; readonly revert: Revert }

/** Tells the authors of undone edits that are connected. The others learn of it in their welcome. */
export function tellReverts(sessions: Sessions, told: readonly Told[]): void {
  const byClient = Map.groupBy(told, ({ client }) => client)
  for (const session of sessions.all()) {
    const own = session.greeted && byClient.get(session.greeted.client)
    if (own) session.send(['receipt', own.map(({ revert }) => ({ is: 'reverted' as const, ...revert }))])
  }
}
