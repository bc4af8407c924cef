import { isBuiltIn } from '../app/built-in.ts'
import type { Draft } from '../edits/draft.ts'
import { repeatBuiltIn } from '../edits/repeat-built-in.ts'
import type { Change, LogEntry } from '../log/log.ts'
import { recordKey } from '../records/record.ts'

/** The outcome of a merge: what the log says, and what Postgres is told. */
type Merged = { readonly changes: readonly Change[]; readonly repairs: readonly Change[] }

/** A merge with what follows from it by itself, which Postgres has still to be told. */
export function withFollowing<Given extends Merged>(draft: Draft, merged: Given, follow: () => void): Given {
  const before = new Set(draft.touched())
  follow()
  const own = new Set(draft.touched().flatMap((record) => (before.has(record) ? [] : keyOf(record))))
  if (own.size === 0) return merged
  const changes = draft.changes()
  return { ...merged, changes, repairs: [...merged.repairs, ...changes.filter((one) => own.has(keyOf(one)))] }
}

/** Does again what followed from an external entry when it was taken. */
export function repeatKept(draft: Draft, { changes, external = [] }: LogEntry): void {
  const told = new Set(external.map(keyOf))
  for (const change of changes)
    if (isBuiltIn(change.collection) && !told.has(keyOf(change))) repeatBuiltIn(draft, change)
}

function keyOf({ collection, id }: { readonly collection: string; readonly id: string }): string {
  return recordKey(collection, id)
}
