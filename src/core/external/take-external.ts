import type { Manifest } from '../../protocol/manifest.ts'
import { type Application, findCollection } from '../app/application.ts'
import { mergingOf } from '../app/merging.ts'
import { Draft } from '../edits/draft.ts'
import { keepConflicts } from '../edits/keep-conflicts.ts'
import { notify, notifyOfConflicts } from '../edits/notify.ts'
import { settleProposal } from '../edits/settle-proposal.ts'
import type { Turn } from '../edits/turn.ts'
import type { Change, External, LogEntry } from '../log/log.ts'
import { SQL_ACTOR, type Version } from '../records/version-vector.ts'
import type { ExternalChange, ExternalEvent, RowEvent } from './events.ts'
import { repeatKept, withFollowing } from './following.ts'
import type { Case, Told } from './judge.ts'
import { mergeRecord } from './merge-external.ts'
import type { Unsent } from './unsent.ts'

/**
 * Takes what Postgres had before the log into the log, as one entry: a change that somebody made there,
 * of actor `sql`, or a proposal, of its own client, whose verdict it then is. Whoever made it had seen
 * this log up to where the ledger stood, and all earlier external changes of its rows. Where the merge
 * comes to something else than Postgres holds, the entry carries what is to be written there.
 */
export function takeExternal(
  turn: Turn,
  application: Application,
  event: ExternalEvent,
  unsent: Unsent,
): void {
  const seq = turn.head + 1
  if (event.kind !== 'proposal') {
    const version = { actor: SQL_ACTOR, n: seq, seq }
    append(turn, application, { version, subject: event.by, changes: [event] }, unsent)
    return
  }
  const { client, n, by, epoch, seen, conflicts } = event
  const changes = event.changes.map((change) => ({ ...change, epoch, seen, by }))
  const version = { actor: client, n, seq, external: true as const }
  append(turn, application, { version, subject: by, changes }, unsent)
  turn.conflicts.push(...conflicts.map((conflict) => ({ ...conflict, seq })))
  const proposal = turn.proposal(client)
  if (proposal?.edit.n === n) settleProposal(turn, proposal, { seq, committed: true })
}

/** The rows that an event changed. */
export function rowsOf(event: ExternalEvent): readonly RowEvent[] {
  return event.kind === 'proposal' ? event.changes : [event]
}

/** The part of an event that the log takes while some collections are being loaded; a proposal is taken anyway. */
export function liveOf(event: ExternalEvent, live: ReadonlySet<string>): ExternalEvent | undefined {
  if (event.kind !== 'proposal') return live.has(event.collection) ? event : undefined
  return { ...event, changes: event.changes.filter(({ collection }) => live.has(collection)) }
}

/**
 * Merges an external entry of the log anew, into records that an earlier edit has left differently.
 *
 * @param unsent entries before it that Postgres may not have had when it was made
 */
export function retakeExternal(
  draft: Draft,
  manifest: Manifest,
  entry: LogEntry & { readonly external: readonly External[] },
  epoch: string,
  unsent: Unsent,
): LogEntry {
  const merged = mergeRows(draft, manifest, entry.external, epoch, { unsent }, entry.external)
  return { ...entry, ...withFollowing(draft, merged, () => repeatKept(draft, entry)) }
}

type Made = {
  readonly version: Version
  readonly subject: string
  readonly changes: readonly ExternalChange[]
}

function append(
  turn: Turn,
  application: Application,
  { version, subject, changes }: Made,
  unsent: Unsent,
): void {
  const { manifest } = application
  const draft = new Draft(version, turn.record, mergingOf(application, turn.mergeFaults))
  // Under another log its author has seen nothing of this one.
  const rows = changes.map((change) => ({ ...change, seen: change.epoch === turn.epoch ? change.seen : 0 }))
  const merged = mergeRows(draft, application.manifest, rows, turn.epoch, { unsent, bases: turn.bases })
  const seen = Math.min(...rows.map((row) => row.seen))
  const author = { subject, seenUpTo: () => seen }
  const whole = withFollowing(draft, merged, () => {
    keepConflicts(draft, turn, manifest, author)
    // What people are told of a proposal is among its rows: Postgres has had it first, with the rest.
    if (version.external) notifyOfConflicts(draft, turn, application, subject)
    else notify(draft, turn, application, { by: subject })
  })
  const { seq, actor, n } = version
  turn.append({ seq, actor, n, subject, at: turn.at, ...whole }, draft.records())
  turn.conflicts.push(...draft.conflicts)
}

/** @param earlier what the rows came to when they were merged before */
function mergeRows(
  draft: Draft,
  manifest: Manifest,
  rows: readonly (Told & Pick<External, 'seen'>)[],
  epoch: string,
  past: Pick<Case, 'unsent' | 'bases'>,
  earlier: readonly External[] = [],
): Required<Pick<LogEntry, 'changes' | 'external' | 'repairs'>> {
  const external: External[] = []
  const repairs: Change[] = []
  for (const [index, change] of rows.entries()) {
    const { kind, id, before, after, seen } = change
    const collection = findCollection(manifest, change.collection)
    if (!collection)
      throw new Error(`an external change names "${change.collection}", which is no collection`)
    const judged = { draft, collection, change, context: { epoch, seq: seen }, epoch, ...past }
    const { repairs: own, ...more } = mergeRecord(judged, earlier[index])
    external.push({ kind, collection: collection.name, id, before, after, seen, ...more })
    repairs.push(...own)
  }
  return { changes: draft.changes(), external, repairs }
}
