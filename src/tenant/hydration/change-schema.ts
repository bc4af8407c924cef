import { Draft } from '../../core/edits/draft.ts'
import { keepConflicts, UNSEEN } from '../../core/edits/keep-conflicts.ts'
import { notifyOfConflicts } from '../../core/edits/notify.ts'
import { Turn } from '../../core/edits/turn.ts'
import { completeEntry, type Dropped, droppedFrom, narrowEntry } from '../../core/log/fit-entry.ts'
import type { Conflict } from '../../core/log/log.ts'
import type { PostgresPort } from '../../core/outbox/postgres-port.ts'
import { type Columns, compareManifests, type SchemaChange } from '../../core/records/schema-change.ts'
import { standardOf } from '../../core/records/standard-row.ts'
import { REVERT_ACTOR } from '../../core/records/version-vector.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Log } from '../../platform/log-line.ts'
import { CLOSE, wireError } from '../../protocol/errors.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { ColumnLoad } from '../storage/meta.ts'
import type { Store } from '../storage/store.ts'
import type { Txn } from '../storage/txn.ts'

type Changing = {
  readonly app: TidemarkApp
  readonly store: Store
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Notices, when the object wakes, that the application has another manifest than the one its records
 * were made for. What was removed goes at once; what was added has to be read from Postgres, and edits
 * wait for that. A change that records need not know of, such as one of a policy, is only noted.
 */
export function noticeSchema(parts: Changing & { readonly sessions: Sessions; readonly log: Log }): void {
  const { app, store, sessions, log } = parts
  const held = store.schema.manifest
  if (store.tenant === undefined || held?.hash === app.manifest.hash) return
  const change = held && compareManifests(held, app.manifest)
  store.transaction((txn) => {
    if (change) beginChange(parts, txn, change)
    txn.putFact('manifest', app.manifest)
  })
  if (held) log('schema-changed', { from: held.hash, to: app.manifest.hash, records: change !== undefined })
  // Sockets that outlived the deploy number views and columns as they were.
  const error = wireError('busy', 'The application has changed; connect again.')
  for (const session of [...sessions.all()]) sessions.close(session, CLOSE.reset, error)
}

function beginChange({ app, store, now }: Changing, txn: Txn, change: SchemaChange): void {
  const turn = new Turn(store, now())
  const seq = turn.head + 1
  const lost = [...store.entries(store.committed)].flatMap((entry) =>
    droppedFrom(entry, change).map((one) => conflictOf(seq, entry, one)),
  )
  txn.rewriteUnsent((entry) => narrowEntry(entry, change))
  for (const collection of change.removedCollections) txn.dropCollection(collection)
  const marks = store.hydration.all()
  // A load that was under way has read the columns as they were. Nobody was shown anything of it.
  for (const { collection, caughtUp } of marks) if (!caughtUp) txn.dropCollection(collection)
  for (const [collection, columns] of change.removed) txn.dropColumns(collection, columns)
  const loaded = marks.filter(({ caughtUp }) => caughtUp).map(({ collection }) => collection)
  txn.putFact('column-loads', nextLoads(store.schema.loads, change, loaded))
  // An entry of its own, so that no cursor from before can be resumed from.
  const subject = `schema ${app.manifest.hash}`
  const draft = new Draft({ actor: REVERT_ACTOR, n: seq, seq }, turn.record)
  draft.conflicts.push(...lost)
  keepConflicts(draft, turn, app.manifest, { subject: '', seenUpTo: () => UNSEEN })
  notifyOfConflicts(draft, turn, app, '')
  turn.append(
    { seq, actor: REVERT_ACTOR, n: seq, subject, at: turn.at, changes: draft.changes() },
    draft.records(),
  )
  txn.write(turn)
  txn.putFact('columns-since', { epoch: store.epoch, seq })
}

/** Keeps for a person what an author wrote and nobody will store. */
function conflictOf(seq: number, { actor, n }: { actor: string; n: number }, dropped: Dropped): Conflict {
  const { collection, id, values, base } = dropped
  const winner = { actor: REVERT_ACTOR, n: seq, value: null }
  return {
    seq,
    collection,
    id,
    policy: 'removed',
    winner,
    loser: { actor, n, value: values },
    ...(base && { base }),
  }
}

/** Loads that were under way begin anew, with what has been added since. */
function nextLoads(
  pending: readonly ColumnLoad[],
  { added, removed }: SchemaChange,
  loaded: readonly string[],
): ColumnLoad[] {
  return loaded.flatMap((collection) => {
    const gone = removed.get(collection) ?? []
    const missing = pending.find((load) => load.collection === collection)?.columns ?? []
    const columns = new Set([
      ...missing.filter((name) => !gone.includes(name)),
      ...(added.get(collection) ?? []),
    ])
    return columns.size > 0 ? [{ collection, columns: [...columns], after: '', done: false }] : []
  })
}

/** The columns that records still lack. */
export function missingColumns({ store }: Pick<Changing, 'store'>): Columns {
  return new Map(store.schema.loads.map(({ collection, columns }) => [collection, columns]))
}

/**
 * Every column is here, and so is what changed in Postgres meanwhile. Records that Postgres does not
 * have yet get what an insert without the column has, in the log, too.
 */
export function completeSchema(parts: Omit<Changing, 'now'>, txn: Txn): void {
  const { app, store } = parts
  if (!store.schema.incomplete) return
  const missing = missingColumns(parts)
  for (const { name: collection, columns } of app.manifest.collections) {
    for (const column of columns) {
      const { name } = column
      if (missing.get(collection)?.includes(name)) txn.fillColumn(collection, name, standardOf(column))
    }
  }
  txn.rewriteUnsent((entry) =>
    completeEntry(
      entry,
      missing,
      (collection, id, column) => store.record(collection, id)?.row[column] ?? null,
    ),
  )
  txn.putFact('column-loads', [])
}

/** The means to tell Postgres which manifest is served. */
export type TellingManifest = {
  readonly app: TidemarkApp
  readonly store: Store
  readonly postgres: Pick<PostgresPort, 'serve'>
  readonly log: Log
  readonly lifecycle: { readonly legal: { readonly drains: boolean } }
}

/** Tells Postgres once which manifest is served here now. Without an answer it is told the next time. */
export async function tellManifest(parts: TellingManifest): Promise<void> {
  const { app, store, postgres, log, lifecycle } = parts
  const { manifest } = app
  if (store.schema.told === manifest.hash || !lifecycle.legal.drains) return
  const { ok } = await postgres.serve(manifest)
  if (ok) store.transaction((txn) => txn.putFact('told-manifest', manifest.hash))
  else log('manifest-untold', { manifest: manifest.hash })
}
