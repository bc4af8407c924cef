import type { Change } from '../log/log.ts'
import type { Draft } from './draft.ts'

/**
 * Does a change of one of the engine's own collections again, as far as there is something to do: what the engine kept
 * beside an edit never stands in the way of it.
 */
export function repeatBuiltIn(draft: Draft, change: Change): void {
  const { collection, id } = change
  const record = draft.record(collection, id)
  const living = record && !record.deleted ? record : undefined
  switch (change.kind) {
    case 'insert':
      if (!living) draft.put({ collection, id, row: change.after, birth: draft.version, versions: {} })
      break
    case 'update':
      for (const [name, value] of Object.entries(change.after)) {
        const now = living && draft.record(collection, id)
        if (now) draft.write(now, name, value)
      }
      break
    case 'delete':
      if (living) draft.remove(living)
      break
  }
}
