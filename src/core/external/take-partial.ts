import type { Manifest } from '../../protocol/manifest.ts'
import type { Row } from '../../protocol/value.ts'
import type { Application } from '../app/application.ts'
import type { Turn } from '../edits/turn.ts'
import { recordKey } from '../records/record.ts'
import type { Columns } from '../records/schema-change.ts'
import type { ExternalEvent, RowEvent } from './events.ts'
import { rowsOf, takeExternal } from './take-external.ts'
import type { Unsent } from './unsent.ts'

/**
 * Takes what Postgres had before the log while some columns are being loaded. Those have been read at
 * different times and no edit may touch them yet, so for them each change is simply done again, in its
 * order, which ends at the state after the last. The rest is an entry of the log as ever.
 */
export function takePartial(
  turn: Turn,
  application: Application,
  event: ExternalEvent,
  { loading, unsent }: { loading: Columns; unsent: Unsent },
): void {
  const rest = withoutLoading(event, loading)
  if (rest) takeExternal(turn, partly(application, loading), rest, unsent)
  for (const change of rowsOf(event)) redo(turn, change, loading.get(change.collection) ?? [])
}

/** A proposal is taken in any case: its client waits for the verdict. */
function withoutLoading(event: ExternalEvent, loading: Columns): ExternalEvent | undefined {
  if (event.kind !== 'proposal') return partOf(event, loading)
  return { ...event, changes: event.changes.flatMap((change) => partOf(change, loading) ?? []) }
}

function partOf<Changed extends RowEvent>(change: Changed, loading: Columns): Changed | undefined {
  const names = loading.get(change.collection)
  if (!names) return change
  const isKnown = (name: string) => !names.includes(name)
  const after = pick(change.after, isKnown)
  if (change.kind === 'update' && Object.keys(after).length === 0) return undefined
  return { ...change, before: pick(change.before, isKnown), after }
}

/** Rules for notifications would be given records without some of their columns: nobody is told of what comes now. */
function partly(application: Application, loading: Columns): Application {
  const rules = [...application.rules].map(([name, { notify: _, ...others }]) => [name, others] as const)
  return { ...application, manifest: withoutColumns(application.manifest, loading), rules: new Map(rules) }
}

function withoutColumns(manifest: Manifest, loading: Columns): Manifest {
  const collections = manifest.collections.map((collection) => {
    const names = loading.get(collection.name) ?? []
    return { ...collection, columns: collection.columns.filter(({ name }) => !names.includes(name)) }
  })
  return { ...manifest, collections }
}

function redo(turn: Turn, { collection, id, after }: RowEvent, names: readonly string[]): void {
  const values = pick(after, (name) => names.includes(name))
  const record = turn.record(collection, id)
  if (!record || Object.keys(values).length === 0) return
  turn.records.set(recordKey(collection, id), { ...record, row: { ...record.row, ...values } })
}

function pick(row: Row, wanted: (name: string) => boolean): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => wanted(name)))
}
