import type { WireError } from '../../protocol/errors.ts'
import type { HistoryItem, PastChange } from '../../protocol/history.ts'
import type { Collection } from '../../protocol/manifest.ts'
import type { Row } from '../../protocol/value.ts'
import type { Change, LogEntry } from '../log/log.ts'
import { SQL_ACTOR } from '../records/version-vector.ts'

/** An entry of the log or of Postgres' history, with what it came to. */
export type PastEntry = {
  readonly epoch: string
  readonly seq: number
  readonly actor: string
  readonly n: number
  readonly subject: string
  readonly at: number
  readonly committed: boolean
  readonly refused?: WireError
  /** One for each record at the most. Whole rows where a record began or ended, else the changed columns. */
  readonly changes: readonly PastChange[]
}

/** An entry of the log, for people. */
export function pastEntry(
  { seq, actor, n, subject, at, changes, undone }: LogEntry,
  { epoch, committed }: Pick<PastEntry, 'epoch' | 'committed'>,
  refused: WireError | undefined = undone,
): PastEntry {
  const told = { epoch, seq, actor, n, subject, at, committed, changes: changes.map(pastChange) }
  return { ...told, ...(refused && { refused }) }
}

/** A change of the log, for people. */
export function pastChange(change: Change): PastChange {
  const { collection, id } = change
  switch (change.kind) {
    case 'insert':
      return { kind: change.revives ? 'restore' : 'insert', collection, id, from: {}, to: change.after }
    case 'update': {
      const { before: from, after: to, adds: deltas } = change
      return { kind: 'update', collection, id, from, to, ...(deltas && { deltas }) }
    }
    case 'delete':
      return { kind: 'delete', collection, id, from: change.before, to: {} }
  }
}

/**
 * A change with the columns that somebody may see and no others; undefined where nothing is left of it.
 *
 * @param hidden the columns they do not get to see
 */
export function shownChange(
  change: PastChange,
  { columns }: Pick<Collection, 'columns'>,
  hidden: readonly string[],
): PastChange | undefined {
  const names = columns.map(({ name }) => name).filter((name) => !hidden.includes(name))
  const { kind, collection, id, deltas = {} } = change
  const [from, to] = [pick(change.from, names), pick(change.to, names)]
  const moved = pick(deltas, names)
  if (kind === 'update' && Object.keys(to).length === 0) return undefined
  return { kind, collection, id, from, to, ...(Object.keys(moved).length > 0 && { deltas: moved }) }
}

/** An entry as an item of one record's history; undefined where it shows nothing of the record. */
export function toItem(
  entry: PastEntry,
  record: { readonly collection: string; readonly id: string },
  show: (change: PastChange) => PastChange | undefined,
): HistoryItem | undefined {
  const own = entry.changes.find(({ collection, id }) => collection === record.collection && id === record.id)
  const shown = own && show(own)
  if (!shown) return undefined
  const { epoch, seq, actor, n, subject, at, committed, refused } = entry
  return {
    ...shown,
    epoch,
    seq,
    author: subject,
    ...(actor !== SQL_ACTOR && { client: actor, n }),
    at,
    committed,
    ...(refused && { refused }),
  }
}

/** The row that a record had when it ended, as the newest entry that stands tells; undefined if it did not end. */
export function lastRow(
  entries: readonly PastEntry[],
  record: { readonly collection: string; readonly id: string },
): Row | undefined {
  const standing = entries.find(({ refused }) => !refused)
  const change = standing?.changes.find(
    ({ collection, id }) => collection === record.collection && id === record.id,
  )
  return change?.kind === 'delete' ? change.from : undefined
}

function pick<Item>(row: Readonly<Record<string, Item>>, names: readonly string[]): Record<string, Item> {
  return Object.fromEntries(
    names.flatMap((name): [string, Item][] => {
      const value = Object.hasOwn(row, name) ? row[name] : undefined
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
