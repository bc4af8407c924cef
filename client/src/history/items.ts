import type { HistoryItem as WireItem } from '../../../src/protocol/history.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { HistoryItem } from '../api/history.ts'
import type { EditHandle, EditOptions } from '../api/types.ts'

/** An item before its collection has types. */
export type Item = HistoryItem<Record<string, Value>>

type Undo = (item: WireItem, options?: EditOptions) => EditHandle

/** Items as an application gets them, from what was read, the newest first. */
export function toItems(read: readonly WireItem[], undo: Undo): readonly Item[] {
  const authors = new Map<string, string[]>()
  return Object.freeze(
    read.map((wire) => {
      const item = toItem(wire, authors, undo)
      if (!wire.refused) note(authors, wire)
      return item
    }),
  )
}

function toItem(read: WireItem, authors: ReadonlyMap<string, readonly string[]>, undo: Undo): Item {
  const { from, to, deltas, collection: _, ...wire } = read
  const names = Object.keys({ ...from, ...to })
  const fields = names.map((name): [string, Item['fields'][string]] => {
    const delta = deltas?.[name]
    const change = { from: from[name] ?? null, to: to[name] ?? null, ...(delta !== undefined && { delta }) }
    return [name, Object.freeze(change)]
  })
  const since = wire.kind === 'update' ? [...names, ''] : [...authors.keys()]
  return Object.freeze({
    ...wire,
    external: wire.client === undefined,
    fields: Object.freeze(Object.fromEntries(fields)),
    changedSinceBy: Object.freeze([...new Set(since.flatMap((name) => authors.get(name) ?? []))]),
    undo: (options?: EditOptions) => undo(read, options),
  } satisfies Item)
}

/** Notes who changed which fields; '' stands for the record as a whole. */
function note(authors: Map<string, string[]>, { kind, to, author }: WireItem): void {
  for (const name of kind === 'update' ? Object.keys(to) : ['']) {
    const known = authors.get(name)
    if (known) known.push(author)
    else authors.set(name, [author])
  }
}

/** The pages that were read, with the newest read anew. Pages that it does not reach are read again when asked for. */
export function refreshed(
  held: readonly WireItem[],
  newest: readonly WireItem[],
): { readonly items: readonly WireItem[]; readonly isWhole: boolean } {
  const last = newest.at(-1)
  const place = last ? held.findIndex(({ epoch, seq }) => epoch === last.epoch && seq === last.seq) : -1
  if (place === -1) return { items: newest, isWhole: false }
  return { items: [...newest, ...held.slice(place + 1)], isWhole: true }
}
