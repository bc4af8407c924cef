import { REVERT_ACTOR } from '../records/version-vector.ts'
import { Draft } from './draft.ts'
import type { Turn } from './turn.ts'

/** Records that go at once, at most. */
const MAX_DROPPED = 1_000

/** A record of one of the engine's own collections. */
type Own = readonly [collection: string, id: string]

/**
 * Ends records whose time is over, as an entry of its own: it is nobody's edit. What belongs together goes together.
 *
 * @param groups asked for as long as there is room
 */
export function dropRecords(turn: Turn, groups: Iterable<readonly Own[]>): void {
  const seq = turn.head + 1
  const draft = new Draft({ actor: REVERT_ACTOR, n: seq, seq }, turn.record)
  let dropped = 0
  for (const group of groups) {
    dropped += group.length
    if (dropped > MAX_DROPPED && dropped > group.length) break
    for (const [collection, one] of group) {
      const record = draft.record(collection, one)
      if (record && !record.deleted) draft.remove(record)
    }
  }
  const changes = draft.changes()
  if (changes.length === 0) return
  turn.append({ seq, actor: REVERT_ACTOR, n: seq, subject: '', at: turn.at, changes }, draft.records())
}
