import { merge } from '../../../src/core/merge/merge.ts'
import { completeRow } from '../../../src/core/records/validate.ts'
import type { Op } from '../../../src/protocol/edit.ts'
import type { Collection } from '../../../src/protocol/manifest.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'

/**
 * One operation on one record, by the same merge as the server's. An operation the server would
 * refuse changes nothing here; its verdict will say so.
 */
export function replay(collection: Collection, row: Row | undefined, op: Op): Row | undefined {
  switch (op.op) {
    case 'insert': {
      if (row) return row
      const complete = completeRow(collection, op.id, op.values)
      return 'row' in complete ? complete.row : undefined
    }
    case 'update': {
      if (!row) return undefined
      const changed: Record<string, Value> = { ...row }
      for (const [name, incoming] of Object.entries(op.fields)) {
        const column = collection.columns.find((candidate) => candidate.name === name)
        if (!column) continue
        // Whatever came since the edit was made, its author had not seen.
        const merged = merge(column.policy, { current: row[name] ?? null, incoming, concurrent: true })
        if (merged.outcome === 'applied') changed[name] = merged.value
      }
      return changed
    }
    case 'delete':
      return undefined
  }
}
