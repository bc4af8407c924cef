import type { Question } from '../../../src/core/edits/proposal.ts'
import type { ExternalChange, ExternalEvent } from '../../../src/core/external/events.ts'
import type { Change, LogEntry } from '../../../src/core/log/log.ts'
import type { Batch } from '../../../src/core/outbox/batch.ts'
import { correctionsOf, planBatch } from '../../../src/core/outbox/outbox.ts'
import type { Attempt } from '../../../src/core/outbox/postgres-port.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { app } from '../../fixtures/board/sync.ts'

export const EPOCH = 'epoch-1'
export const CLIENT = 'client-ada'

/** A log entry of one client, whose edits are numbered as the log is. */
export function entry(seq: number, changes: readonly Change[], more: Partial<LogEntry> = {}): LogEntry {
  return { seq, actor: CLIENT, n: seq, subject: 'ada', at: 1_767_225_600_123, changes, ...more }
}

/** The batch of these entries, which follow one another. */
export function batchOf(
  entries: readonly LogEntry[],
  epoch = EPOCH,
  { tables }: { readonly tables: ReadonlyMap<string, unknown> } = app,
): Batch {
  const log = { epoch, after: (entries[0]?.seq ?? 1) - 1, entries, corrections: correctionsOf([]) }
  return planBatch(log, [...tables.keys()])
}

/** A batch that carries nothing: the log stands at `seq`, in Postgres too. */
export function emptyBatch(seq: number, epoch = EPOCH): Batch {
  return { epoch, after: seq, upTo: seq, entries: [], net: [] }
}

/** What Postgres is asked about the client's edit `n`. */
export function proposalOf(n: number, changes: readonly Change[], client = CLIENT): Question {
  return { client, n, subject: 'ada', at: 1_767_225_600_456, changes, conflicts: [] }
}

/** The same batch as Postgres sees it when the set-wise attempt fails: one edit after the other. */
export function oneByOne(batch: Batch): Batch {
  const failing = { collection: 'assignees', inserts: [], updates: [], deletes: ['nobody'] }
  return { ...batch, net: [failing] }
}

export function insertAssignee(id: string, more: Row = {}): Change {
  const after = { id, name: `Assignee ${id}`, email: '', city: '', ...more }
  return { kind: 'insert', collection: 'assignees', id, after }
}

export function insertCard(id: string, more: Row = {}): Change {
  const standard = {
    status: 'draft',
    targetPoints: 10_000,
    pointsWon: 0,
    reactions: 0,
    notes: '',
    dueOn: null,
  }
  const after = { id, number: `N-${id}`, assigneeId: 'a1', ...standard, ...more }
  return { kind: 'insert', collection: 'cards', id, after }
}

export function update(collection: string, id: string, after: Row, adds?: Record<string, number>): Change {
  return { kind: 'update', collection, id, before: {}, after, ...(adds && { adds }) }
}

export function remove(collection: string, id: string): Change {
  return { kind: 'delete', collection, id, before: {} }
}

/** The value of an attempt that has to succeed. */
export async function done<Value>(attempt: Promise<Attempt<Value>>): Promise<Value> {
  const outcome = await attempt
  if (!outcome.ok) throw new Error(`${outcome.failure}: ${outcome.message}`)
  return outcome.value
}

/** The rows that others changed: all events but proposals. */
export function rowChanges(events: readonly ExternalEvent[]): ExternalChange[] {
  return events.flatMap((event) => (event.kind === 'proposal' ? [] : [event]))
}
