import { mergeWithoutText } from '../../../src/core/merge/without-text.ts'
import { completeRow } from '../../../src/core/records/validate.ts'
import type { InsertOp, Op, UpdateOp } from '../../../src/protocol/edit.ts'
import type { Collection } from '../../../src/protocol/manifest.ts'
import type { Row, Value } from '../../../src/protocol/value.ts'
import type { TextRules } from '../api/text-rules.ts'

/** An upsert of a record that is there. */
export function asUpdate({ collection, id, values }: InsertOp): UpdateOp {
  const fields = Object.entries(values).map(([name, value]) => [name, { set: value }])
  return { op: 'update', collection, id, fields: Object.fromEntries(fields) }
}

/**
 * One operation on one record, by the same merge as the server's. An operation the server would
 * refuse changes nothing here; its verdict will say so.
 */
export function replay(
  collection: Collection,
  row: Row | undefined,
  op: Op,
  texts?: TextRules,
): Row | undefined {
  switch (op.op) {
    case 'insert': {
      if (row) return op.upsert ? replay(collection, row, asUpdate(op), texts) : row
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
        const meeting = { current: row[name] ?? null, incoming, concurrent: true }
        const merged =
          texts && column.policy.kind === 'text'
            ? texts.merge(meeting)
            : mergeWithoutText(column.policy, meeting)
        if (merged.outcome === 'applied') changed[name] = merged.value
      }
      return changed
    }
    case 'delete':
      return undefined
    case 'restore':
      // What comes back only the server knows.
      return row
  }
}
