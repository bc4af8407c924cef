import type { FieldOp, UpdateOp } from '../../protocol/edit.ts'
import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Value } from '../../protocol/value.ts'
import type { AddingOp } from '../log/log.ts'
import { toNumber } from '../merge/external.ts'
import { merge } from '../merge/merge.ts'
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
 * last; and where it adds up with others, what it added as well, so that written again it still does. Returns why nothing
 * is to be kept, if the update is refused.
 */
export function keepLostUpdate(
  judgement: Judgement<UpdateOp>,
  record: StoredRecord,
  winner: Version,
): WireError | undefined {
  const { draft, op } = judgement
  const fields = Object.entries(op.fields)
  const unlawful = whyNeverLawful(judgement, record)
  if (unlawful) return unlawful
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
  return undefined
}

/**
 * The reason why an update could have been made of no state of its record, if there is one. What its fields held then
 * nobody knows any more, so each is judged as if it had held what it is given; one that never changes holds what it
 * was born with.
 */
function whyNeverLawful(
  { collection, op }: Judgement<UpdateOp>,
  { row }: StoredRecord,
): WireError | undefined {
  for (const { name, policy } of collection.columns) {
    const incoming = op.fields[name]
    if (!incoming) continue
    const held = row[name] ?? null
    const given = 'set' in incoming ? incoming.set : 'add' in incoming ? null : held
    const current = policy.kind === 'immutable' ? held : given
    const merged = merge(policy, { current, incoming, concurrent: false })
    if (merged.outcome === 'rejected') return wireError(merged.code, merged.message, { ref: name })
  }
  return undefined
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
