import type { Verdict } from '../../protocol/down/receipt.ts'
import { CONFLICTS } from '../app/built-in.ts'
import { OPEN } from '../app/conflicts-collection.ts'
import type { LogEntry } from '../log/log.ts'
import { REVERT_ACTOR, SQL_ACTOR } from '../records/version-vector.ts'
import type { Tally } from './tally.ts'

/** Counts what a turn has put into the log. To be called once it is stored. */
export function countEntries(tally: Tally, entries: readonly LogEntry[]): void {
  for (const entry of entries) {
    if (entry.reverts) tally.count('edits_reverted', 1, entry.reverts.error.code)
    else if (entry.actor === SQL_ACTOR) tally.count('external_changes', entry.external?.length ?? 0)
    // What people are told of an edit that was undone is an entry by itself.
    else if (entry.actor !== REVERT_ACTOR) {
      tally.count('edits_accepted', 1, entry.external ? 'postgres' : 'object')
      tally.count('edit_operations', entry.changes.length)
    }
    countConflicts(tally, entry)
  }
}

/** Conflicts are records of their own collection, found and closed as part of the entry. */
function countConflicts(tally: Tally, { changes }: LogEntry): void {
  for (const change of changes) {
    if (change.collection !== CONFLICTS) continue
    if (change.kind === 'insert') {
      const { collection, field, policy, asked } = change.after
      const where = [String(collection), typeof field === 'string' ? field : 'record', String(policy)]
      tally.count('conflicts_found', 1, ...where, asked === true ? 'person' : 'policy')
    }
    if (change.kind !== 'update') continue
    const { state } = change.after
    if (typeof state === 'string' && state !== OPEN) tally.count('conflicts_closed', 1, state)
  }
}

/** Counts what became of edits that were pushed. */
export function countVerdicts(tally: Tally, verdicts: readonly Verdict[]): void {
  for (const verdict of verdicts)
    tally.count('verdicts', 1, verdict.is === 'accepted' ? 'accepted' : verdict.error.code)
}

/** Counts how long the edits of a batch have waited that Postgres has now: those of (after, upTo]. */
export function countLag(
  tally: Tally,
  entries: readonly LogEntry[],
  { after, upTo, now }: { readonly after: number; readonly upTo: number; readonly now: number },
): void {
  for (const { seq, at, actor, external } of entries) {
    const waited = seq > after && seq <= upTo && actor !== REVERT_ACTOR && !external
    if (waited) tally.observe('drain_lag', now - at)
  }
}
