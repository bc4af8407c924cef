import type { OutsideChanges, Refusal } from '../core/batch.ts'
import type { LogEntry } from '../core/log.ts'
import { takeOutside } from '../core/outside.ts'
import { revertEdit } from '../core/revert.ts'
import { Turn } from '../core/turn.ts'
import type { Revert } from '../protocol/down.ts'
import type { Parts } from './parts.ts'
import { publish } from './publish.ts'
import { explain } from './refusal.ts'
import { type Told, tellReverts } from './tell-reverts.ts'

/** What Postgres said. */
type Answer = {
  readonly applied: number
  readonly refusals: readonly Refusal[]
  readonly outside: OutsideChanges
}

/**
 * Takes an answer of Postgres as one turn: undoes what was refused, merges what others changed, and
 * moves the committed mark and the cursor, all in one transaction. So a change is taken exactly once,
 * whatever happens to the object in between. Then everybody is told.
 */
export function takeAnswer(parts: Parts, { applied, refusals, outside }: Answer): void {
  const { app, store, sessions, alarm } = parts
  const turn = new Turn(store, parts.now())
  // A repeated question repeats refusals that were dealt with before.
  const fresh = refusals.filter((refusal) => refusal.seq > store.committed)
  const told = fresh.flatMap((refusal) => undo(parts, turn, refusal) ?? [])
  const unsent = () => [...store.entries(Math.max(applied, store.committed)), ...turn.entries]
  for (const change of outside.changes) takeOutside(turn, app.manifest, change, unsent)
  store.transaction(() => {
    store.write(turn)
    store.commit(applied)
    store.putCursor(outside.cursor)
    if (turn.entries.length > 0) alarm.arm()
  })
  tellReverts(sessions, told)
  publish(parts, turn.entries, new Set())
  announce(parts)
}

function undo({ store, log }: Parts, turn: Turn, refusal: Refusal): Told | undefined {
  const [refused, ...later] = [...store.entries(refusal.seq - 1), ...turn.entries]
  if (refused?.seq !== refusal.seq) throw new Error(`the log has lost entry ${refusal.seq}`)
  const error = explain(refusal)
  log('edit-reverted', { seq: refusal.seq, sqlState: refusal.sqlState, constraint: refusal.constraint })
  const { entry, records } = revertEdit(refused, later, error, turn.head + 1, turn.at, turn.record)
  turn.append(entry, records)
  // What an outside change made necessary has no author who waits.
  return refused.outside ? undefined : remember(turn, refused, { n: refused.n, seq: entry.seq, error })
}

/** Keeps the revert until its author is known to have seen it. */
function remember(turn: Turn, refused: LogEntry, revert: Revert): Told {
  const mark = turn.mark(refused.actor, refused.subject)
  turn.putMark({ ...mark, reverts: [...mark.reverts, revert] })
  return { client: refused.actor, revert }
}

/** Tells the committed mark to the sessions that wait for it. */
function announce({ store, sessions }: Parts): void {
  for (const session of sessions.all()) {
    const state = session.greeted
    if (!state || state.awaiting === 0) continue
    session.send(['committed', store.committed])
    if (state.awaiting <= store.committed) session.update({ awaiting: 0 })
  }
}
