import type { FieldOp, Op } from '../../../src/protocol/edit.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { ITEMS, Unlawful, Untold } from './field-outcome.ts'
import { same } from './history.ts'

/** The adds of each item that no removal has taken. Of one that is not named, its record was born with it. */
export type Tags<Write> = ReadonlyMap<string, readonly Write[]>

/** What somebody does to a set of items. */
type ItemsOp = Extract<FieldOp, { items: unknown }>['items']

/**
 * A set after somebody's change: a removal takes the adds that its author had seen, and an item stays as long as
 * one is left.
 *
 * @param birth of the record
 * @param hasSeen whether the author had seen an add
 */
export function afterItems<Write>(
  { value, tags, birth }: { readonly value: Value; readonly tags: Tags<Write>; readonly birth: Write },
  { add = [], remove = [] }: ItemsOp,
  write: Write,
  hasSeen: (add: Write) => boolean,
): { readonly value: Value; readonly tags: Tags<Write> } {
  const held = itemsIn(value)
  const after = new Map(tags)
  const items = new Set(held)
  const unseen = (item: string) =>
    held.includes(item) ? (tags.get(item) ?? [birth]).filter((tag) => tag !== write && !hasSeen(tag)) : []
  for (const item of remove) {
    const left = unseen(item)
    after.set(item, left)
    if (left.length > 0) continue
    items.delete(item)
    after.delete(item)
  }
  for (const item of add) {
    after.set(item, [write, ...unseen(item)])
    items.add(item)
  }
  const list = [...items].sort()
  return { value: same(list, [...new Set(held)].sort()) ? value : list, tags: after }
}

/**
 * The tags after a change that cannot be judged, by what the log says of it.
 *
 * @param named items that it may have been about
 * @param unknown stands for adds that nobody can tell
 */
export function tagsAfter<Write>(
  tags: Tags<Write>,
  [before, after]: readonly [Value, Value],
  named: readonly string[],
  write: Write,
  unknown: Write,
): Tags<Write> {
  const [held, holds] = [itemsIn(before), itemsIn(after)]
  const kept = holds.flatMap((item): [string, readonly Write[]][] => {
    if (!held.includes(item)) return [[item, [write]]]
    if (named.includes(item)) return [[item, [unknown]]]
    const known = tags.get(item)
    return known ? [[item, known]] : []
  })
  return new Map(kept)
}

/** The items that are in one of two sets, and not in the other. */
export function itemsOfOne(a: Value | undefined, b: Value | undefined): string[] {
  const [some, others] = [itemsIn(a), itemsIn(b)]
  return [...some, ...others].filter((item) => some.includes(item) !== others.includes(item))
}

export function itemsIn(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** To set the whole, as version 6 does, means the difference to what its author had in sight. */
export function itemsOp(incoming: FieldOp, current: Value, isSeen: boolean): ItemsOp {
  if ('items' in incoming) return incoming.items
  if (!('set' in incoming)) throw new Unlawful('items are added to')
  if (!isSeen || incoming.set === null) throw new Untold()
  const [held, holds] = [itemsIn(current), itemsIn(incoming.set)]
  return {
    add: holds.filter((item) => !held.includes(item)),
    remove: held.filter((item) => !holds.includes(item)),
  }
}

/** The items that an operation is about. */
export function itemsNamed(op: Op): string[] {
  const change = op.op === 'update' ? op.fields[ITEMS] : undefined
  return change && 'items' in change ? [...(change.items.add ?? []), ...(change.items.remove ?? [])] : []
}

/** Whether an operation sets all items at once. */
export function setsItems(op: Op): boolean {
  const change = op.op === 'update' ? op.fields[ITEMS] : undefined
  return change !== undefined && 'set' in change
}
