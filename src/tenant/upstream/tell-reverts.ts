import type { Log } from '../../platform/log-line.ts'
import type { Revert } from '../../protocol/down/receipt.ts'
import { MAX_VERDICTS } from '../../protocol/limits.ts'
import { alone } from '../sessions/alone.ts'
import type { Sessions } from '../sessions/sessions.ts'

/** The means to tell people what became of their edits. */
export type TellingAuthors = { readonly log: Log; readonly sessions: Sessions }

/** A revert and the client whose edit it undid. */
export type Told = { readonly client: string; readonly revert: Revert }

/** Tells the authors of undone edits that are connected. The others learn of it in their welcome. */
export function tellReverts(parts: TellingAuthors, told: readonly Told[]): void {
  const byClient = Map.groupBy(told, ({ client }) => client)
  for (const session of [...parts.sessions.all()]) {
    const own = (session.greeted && byClient.get(session.greeted.client)) ?? []
    const verdicts = own.map(({ revert }) => ({ is: 'reverted' as const, ...revert }))
    alone(parts, session, 'reverts', () => {
      for (let i = 0; i < verdicts.length; i += MAX_VERDICTS)
        session.send(['receipt', verdicts.slice(i, i + MAX_VERDICTS)])
    })
  }
}
