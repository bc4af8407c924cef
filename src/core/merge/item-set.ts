import type { FieldOp } from '../../protocol/edit.ts'
import type { Value } from '../../protocol/value.ts'
import type { Base } from '../log/base-of.ts'
import {
  changedItems,
  type ItemChange,
  itemsOf,
  type MetItems,
  sameItems,
  without,
} from '../records/items.ts'
import { type Meeting, type Merged, rejected } from './policy.ts'

/** A meeting with a set: of each item that is there, whether somebody added it unseen by the author. */
export type ItemMeeting = Meeting & {
  readonly isUnseen?: ((item: string) => boolean) | undefined
  /** What the author had in sight, for one that sets the whole. */
  readonly base?: (() => Base) | undefined
}

/**
 * An observed-remove set: adds win. A removal takes the adds that its author had seen, and one that was made unseen
 * stays; so nothing is lost, and nothing is a conflict. To set the whole means the difference to what its author
 * had in sight.
 */
export function itemSet(meeting: ItemMeeting): Merged {
  const { current, incoming, isUnseen = () => false } = meeting
  if ('add' in incoming || 'text' in incoming)
    return rejected('bad-operation', 'Items are added to this field and removed from it.')
  const { add, remove } = changeOf(incoming, meeting)
  const added = new Set(add)
  const meant = remove.filter((item) => !added.has(item))
  const items = {
    add,
    remove: meant.filter((item) => !isUnseen(item)),
    outlived: meant.filter((item) => isUnseen(item)),
  }
  const value = changedItems(current, items)
  const isEmptied = 'set' in incoming && incoming.set === null && itemsOf(value).length === 0
  return { outcome: 'applied', value: isEmptied ? null : value, items, conflict: false }
}

function changeOf(
  incoming: Extract<FieldOp, { set: Value } | { items: object }>,
  { current, concurrent, base }: ItemMeeting,
): ItemChange {
  if ('items' in incoming) return { add: incoming.items.add ?? [], remove: incoming.items.remove ?? [] }
  const seen = concurrent ? base?.()?.value : current
  // Where it is not known what it had in sight, all that it gives is meant, and all that it had seen is not.
  const from = seen === undefined ? current : seen
  return { add: without(incoming.set, from), remove: without(from, incoming.set) }
}

/**
 * Merges a change of a set that was made in Postgres: what was added and removed there. Made in sight it takes effect
 * as it is; where both come to the same items, what Postgres holds is left alone.
 */
export function itemSetInPostgres(
  {
    current,
    before,
    after,
    concurrent,
  }: Readonly<Record<'current' | 'before' | 'after', Value>> & {
    readonly concurrent: boolean
  },
  isUnseen: (item: string) => boolean = () => false,
): { readonly value: Value; readonly items: MetItems } {
  const add = without(after, before)
  const meant = without(before, after)
  const remove = meant.filter((item) => !isUnseen(item))
  const merged = concurrent ? changedItems(current, { add, remove }) : after
  const value = sameItems(merged, after) ? after : merged
  const added = new Set([...(concurrent ? add : []), ...without(value, current)])
  const outlived = meant.filter((item) => itemsOf(value).includes(item) && !added.has(item))
  return { value, items: { add: [...added], remove: without(current, value), outlived } }
}
