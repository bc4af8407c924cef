import type { FieldOp, UpdateOp } from '../../protocol/edit.ts'
import type { Value } from '../../protocol/value.ts'
import type { AddingOp } from '../log/log.ts'
import { toNumber } from '../merge/external.ts'
import { givenBy } from '../merge/policy.ts'
import { changedItems } from '../records/items.ts'
import type { StoredRecord } from '../records/record.ts'
import type { Version } from '../records/version-vector.ts'
import { plain } from '../text/merge-texts.ts'
import { applyPatches } from '../text/patches.ts'
import { baseOfRow, deleteConflict, type Judgement, sideOf } from './judgement.ts'

/**
 * Keeps an update that came to nothing, because the record that it meant is gone, as a conflict with what ended it. Of
 * a change that is no value, such as a count, the value is kept that it would have come to in what the record held
 * last; and where it adds up with others, what it added as well, so that written again it still does.
 */
export function keepLostUpdate(judgement: Judgement<UpdateOp>, record: StoredRecord, winner: Version): void {
  const { draft, op } = judgement
  const fields = Object.entries(op.fields)
  const met = new Map(fields.map(([name]) => [name, record.row[name] ?? null]))
  const adding = fields.flatMap(([name, field]) => {
    const added = addedBy(field)
    return added ? [[name, added] as const] : []
  })
  const changed = fields.flatMap(([name, field]) => ('set' in field ? [] : [[name, met.get(name) ?? null]]))
  const { base } = baseOfRow(judgement, record, Object.keys(op.fields))
  draft.conflicts.push({
    ...deleteConflict(judgement),
    winner: sideOf(winner, null),
    loser: {
      ...sideOf(
        draft.version,
        Object.fromEntries(fields.map(([name, field]) => [name, wouldBe(met.get(name) ?? null, field)])),
      ),
      ...(adding.length > 0 && { ops: Object.fromEntries(adding) }),
    },
    ...((base || changed.length > 0) && { base: { ...base, ...Object.fromEntries(changed) } }),
  })
}

function addedBy(op: FieldOp): AddingOp | undefined {
  if ('add' in op) return op
  return 'items' in op ? { items: { add: op.items.add ?? [], remove: op.items.remove ?? [] } } : undefined
}

function wouldBe(current: Value, op: FieldOp): Value {
  if ('text' in op) return applyPatches(plain(current), op.text.patches)
  const added = addedBy(op)
  if (!added) return givenBy(op)
  return 'add' in added ? toNumber(current) + added.add : changedItems(current, added.items)
}
