import type { StoredEntry, StoredObject } from '../../../dev/harness/object-file.ts'
import { sameValue } from '../../../src/core/records/value.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { type Placed, TRACKED } from './touch.ts'
import type { SqlTouch } from './writer.ts'

/** An entry of the log that somebody made in Postgres, as the audit history has it. */
export type Event = {
  readonly seq: number
  readonly op: 'insert' | 'update' | 'delete'
  readonly table: string
  readonly id: string
  readonly before: Row
  readonly after: Row
}

/** Whether an event, at its place in the order of its row, tells of each committed change. */
export function placeTouches(
  touches: readonly SqlTouch[],
  events: readonly Event[],
): { readonly placed: Placed[]; readonly faults: string[] } {
  const told = groupBy(events, ({ table, id }) => `${table} ${id}`)
  const placed: Placed[] = []
  const faults: string[] = []
  for (const [row, changes] of groupBy(touches, ({ table, id }) => `${table} ${id}`)) {
    const inOrder = changes.toSorted((a, b) => a.place - b.place)
    for (const [index, touch] of inOrder.entries()) {
      const event = told.get(row)?.[index]
      if (event && tellsOf(event, touch)) placed.push({ ...touch, seq: event.seq })
      else faults.push(`${row}: change ${index + 1} ${show(touch)} is told as ${show(event)}`)
    }
  }
  return { placed, faults }
}

function tellsOf({ op, before, after }: Event, { over, wrote }: SqlTouch): boolean {
  if (!over) return op === 'insert' && wrote !== undefined && sameValue(after, wrote)
  if (!wrote) return op === 'delete' && sameValue(before, over)
  return op === 'update' && sameValue(before, over) && sameValue(after, wrote)
}

/**
 * Looks for every written value: it is there at the end, or what took effect next was done by its own
 * author or by somebody who had seen it by then, or a conflict record of its row keeps it. Returns
 * those that vanished without a trace, in words.
 *
 * @param seen by client, what it saw, and with which edit first
 * @param object what the object has stored
 * @param rows what Postgres holds in the end, by table and id
 */
export function traceValues(
  touches: readonly Placed[],
  seen: ReadonlyMap<string, ReadonlyMap<string, number>>,
  { log, lost }: Pick<StoredObject, 'log' | 'lost'>,
  rows: ReadonlyMap<string, Row>,
): string[] {
  const lostOf = groupBy(lost, ({ collection, id }) => `${collection} ${id}`)
  const vanished: string[] = []
  for (const [row, ofRow] of groupBy(touches, ({ table, id }) => `${table} ${id}`)) {
    const kept = textsIn(lostOf.get(row) ?? [])
    const inOrder = ofRow.toSorted((a, b) => a.seq - b.seq)
    for (const column of TRACKED[inOrder[0]?.table ?? 'assignees']) {
      const ofColumn = inOrder.filter(({ over, wrote }) => isIn(over, column) || isIn(wrote, column))
      for (const [index, touch] of ofColumn.entries()) {
        const value = touch.wrote?.[column]
        if (typeof value !== 'string' || value === '' || kept.has(value)) continue
        const next = ofColumn
          .slice(index + 1)
          .find((later) => later.over?.[column] === value || tookEffect(later, column, log[later.seq - 1]))
        const known =
          next &&
          (next.author === touch.author ||
            next.over?.[column] === value ||
            (seen.get(next.author)?.get(value) ?? Infinity) <= (next.n ?? 0))
        if (known ?? rows.get(row)?.[column] === value) continue
        vanished.push(`${row}: ${column} "${value}" ${fate(touch, next)}`)
      }
    }
  }
  return vanished
}

/** When a value that vanished was written, and what took its place. */
function fate({ seq, author }: Placed, next: Placed | undefined): string {
  const written = `of ${author}, written at ${seq}, has vanished`
  return next ? `${written}: at ${next.seq} came ${next.author} ${show(next)}` : written
}

/** Whether a touch did to its row what it was meant to do, as its entry of the log says. */
function tookEffect({ table, id, wrote }: Placed, column: string, entry: StoredEntry | undefined): boolean {
  const changes = entry?.changes.filter((change) => change.collection === table && change.id === id) ?? []
  const value = wrote?.[column]
  if (wrote === undefined) return changes.some(({ kind }) => kind === 'delete')
  return typeof value === 'string' && textsIn(changes).has(value)
}

function isIn(row: Row | undefined, column: string): boolean {
  return row !== undefined && Object.hasOwn(row, column)
}

/** Every text inside values, however deep. */
function textsIn(values: readonly unknown[]): Set<string> {
  const texts = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value === 'string') texts.add(value)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit)
  }
  values.forEach(visit)
  return texts
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

function show(value: object | undefined): string {
  return JSON.stringify(value) ?? 'nothing'
}
