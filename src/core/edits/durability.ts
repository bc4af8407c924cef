import type { Edit } from '../../protocol/edit.ts'
import type { Manifest } from '../../protocol/manifest.ts'
import { findCollection } from '../app/application.ts'

/** Whether an edit is Postgres first: it says so itself, or one of the collections it touches does. */
export function isPostgresFirst(manifest: Manifest, { durability, ops }: Pick<Edit, 'durability' | 'ops'>) {
  return (
    durability === 'committed' ||
    ops.some(({ collection }) => findCollection(manifest, collection)?.durability === 'committed')
  )
}

/** By when Postgres has to have an edit that comes at `at`, in ms since 1970. The edit's own word counts first. */
export function dueTime(manifest: Manifest, { deadlineMs, ops }: Edit, at: number): number | undefined {
  const ofCollections = ops.flatMap(
    ({ collection }) => findCollection(manifest, collection)?.deadlineMs ?? [],
  )
  const within = deadlineMs ?? (ofCollections.length > 0 ? Math.min(...ofCollections) : undefined)
  return within === undefined ? undefined : at + within
}
