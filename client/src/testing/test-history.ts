import type { Application, Claims } from '../../../src/core/app/application.ts'
import { notFound } from '../../../src/core/edits/refusals.ts'
import { type PastEntry, pastEntry, toItem } from '../../../src/core/history/past.ts'
import { pastRightsOf } from '../../../src/core/history/past-rights.ts'
import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import {
  type HistoryPage,
  type HistoryRequest,
  type PastEdit,
  readHistoryRequest,
} from '../../../src/protocol/history.ts'
import type { MemoryTenant } from './memory-tenant.ts'

type Asked<Ask extends HistoryRequest['ask']> = Extract<HistoryRequest, { ask: Ask }>

/** Items of a page, unless it is said. */
const PAGE = 50

/** A tenant in memory, whose log has all of its past. */
type Known = {
  readonly application: Application
  readonly tenant: MemoryTenant
  /** The seq up to which Postgres has the log. */
  readonly committed: number
}

/** Answers a question about the past, as the tenant does over HTTP. */
export function answerHistory(known: Known, claims: Claims, text: string): object | WireError {
  const read = readHistoryRequest(text)
  if ('error' in read) return read.error
  const { request } = read
  return request.ask === 'edit' ? readEdit(known, claims, request) : readRecord(known, claims, request)
}

/** A page of a record's past. That it is brought back needs nothing more: the tenant forgets no record. */
function readRecord(
  known: Known,
  claims: Claims,
  request: Asked<'record'> | Asked<'recall'>,
): HistoryPage | PastEdit | WireError {
  const { application, tenant } = known
  const { collection, id } = request
  const rights = pastRightsOf(application, claims, collection)
  if ('code' in rights) return rights
  const record = tenant.record(collection, id)
  if (!record || !rights.sees(record.row)) return notFound(id)
  if (request.ask === 'recall') return { changes: [] }
  const { before, limit = PAGE } = request
  const isBefore = ({ seq, epoch }: PastEntry) => !before || (epoch === before.epoch && seq < before.seq)
  const items = pastOf(known).flatMap((entry) =>
    isBefore(entry) ? (toItem(entry, { collection, id }, rights.show) ?? []) : [],
  )
  const shown = items.slice(0, limit)
  const last = shown.at(-1)
  const isMore = items.length > limit
  return {
    epoch: tenant.epoch,
    row: record.deleted ? null : rights.row(record.row),
    items: shown,
    older: isMore ? 'more' : 'none',
    ...(isMore && last && { next: { epoch: last.epoch, seq: last.seq } }),
  }
}

/** One edit, with all of it that somebody may see. */
function readEdit(known: Known, claims: Claims, { edit }: Asked<'edit'>): PastEdit | WireError {
  const { application, tenant } = known
  const entry = pastOf(known).find(({ epoch, seq }) => epoch === edit.epoch && seq === edit.seq)
  const changes = (entry?.changes ?? []).flatMap((change) => {
    const rights = pastRightsOf(application, claims, change.collection)
    const record = tenant.record(change.collection, change.id)
    return 'code' in rights || !record || !rights.sees(record.row) ? [] : (rights.show(change) ?? [])
  })
  return changes.length > 0 ? { changes } : wireError('not-found', 'There is no such edit.')
}

/** All edits, the newest first, as they are by now; of one that was undone what it did. */
function pastOf({ tenant, committed }: Known): PastEntry[] {
  const undone = new Map(
    tenant.log.flatMap(({ reverts }): [number, WireError][] =>
      reverts ? [[reverts.seq, reverts.error]] : [],
    ),
  )
  const corrected = new Map(tenant.corrections().map((entry) => [entry.seq, entry]))
  const edits = tenant.log.filter(({ reverts }) => !reverts)
  return edits.reverse().map((logged) => {
    const { seq } = logged
    const refused = undone.get(seq) ?? corrected.get(seq)?.undone
    const entry = refused ? logged : (corrected.get(seq) ?? logged)
    const isCommitted = seq <= committed || entry.external !== undefined
    return pastEntry(entry, { epoch: tenant.epoch, committed: isCommitted }, refused)
  })
}
