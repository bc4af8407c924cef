import type { Context } from '../../protocol/edit.ts'
import type { Collection } from '../../protocol/manifest.ts'
import type { Draft } from '../edits/draft.ts'
import type { Bases } from '../log/base-of.ts'
import type { Change, ConflictSide, External } from '../log/log.ts'
import { type StoredRecord, versionOf } from '../records/record.ts'
import { covers, REVERT_ACTOR, SQL_ACTOR, type Version } from '../records/version-vector.ts'
import type { Unsent } from './unsent.ts'

/** A row's change as Postgres told it, or as the log keeps it. */
export type Told = Pick<External, 'kind' | 'collection' | 'id' | 'before' | 'after'>

/** An external change with what is needed to judge it. */
export type Case = {
  readonly draft: Draft
  readonly collection: Collection
  readonly change: Told
  readonly context: Context
  readonly epoch: string
  /** Entries that may not be in Postgres yet; read in rare cases only. */
  readonly unsent: Unsent
  /** What authors had in sight; absent where nobody is told of conflicts. */
  readonly bases?: Bases | undefined
}

/** The outcome of the merge, beyond what the draft says. */
export type Outcome = {
  readonly repairs: readonly Change[]
  readonly replaces: boolean
  readonly lostTo?: number
}

/** Nothing is to be told to Postgres, and nothing that is on its way there is superseded. */
export const NOTHING: Outcome = { repairs: [], replaces: false }

/** The change comes to nothing, because the record it meant had ended by `winner`. */
export function lose(judged: Case, winner: Version): Outcome {
  judged.draft.conflicts.push({
    ...aboutRecord(judged),
    winner: sideOf(winner, null),
    loser: sideOf(judged.draft.version, { ...judged.change.after }),
    ...(judged.change.kind === 'update' && { base: { ...judged.change.before } }),
  })
  return { ...NOTHING, lostTo: winner.seq }
}

/** The common part of all conflicts about the record as a whole. */
export function aboutRecord({ draft, collection, change }: Case) {
  const policy = `deletes-${collection.deletes}`
  return { seq: draft.version.seq, collection: collection.name, id: change.id, policy }
}

/** Whether the change was meant for this record, and not for an earlier one of the same id. */
export function isSeenLife(judged: Case, record: StoredRecord): boolean {
  return isSeen(judged, record.birth) || isSeen(judged, versionOf(record, 'id'))
}

/** Whether the change's author had seen a write. What a revert gives back, Postgres held all along. */
export function isSeen(judged: Case, version: Version): boolean {
  if (version === judged.draft.version || version.actor === REVERT_ACTOR) return true
  return isKnown(judged, version)
}

/** Whether Postgres had a write before the change was made there: it came from there, or was settled by then. */
export function isKnown({ context, epoch }: Case, version: Version): boolean {
  return version.external === true || covers(context, epoch, SQL_ACTOR, version)
}

export function sideOf({ actor, n }: Version, value: ConflictSide['value']): ConflictSide {
  return { actor, n, value }
}
