import type { StoredEntry, StoredObject } from '../../../dev/harness/object-file.ts'
import { sameValue } from '../../../src/core/records/value.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { groupBy, rowOf } from './group.ts'
import { type Placed, type SqlTouch, TRACKED } from './touch.ts'

/** An entry of the log that somebody made in Postgres, as the audit history has it. */
export type Event = {
  readonly seq: number
  readonly op: 'insert' | 'update' | 'delete'
  readonly table: string
  readonly id: string
  readonly before: Row
  readonly after: Row
}

/**
 * Looks for the event of each change, in the order of its row. Returns the changes that have one, and in words those
 * that have none, and events of what nobody did at that place.
 *
 * @param changes what transactions did to rows, as `comeTo` gives it
 */
export function placeChanges(
  changes: readonly SqlTouch[],
  events: readonly Event[],
): { readonly placed: Placed[]; readonly faults: string[] } {
  const made = groupBy(changes, rowOf)
  const told = groupBy(events, rowOf)
  const placed: Placed[] = []
  const faults: string[] = []
  for (const row of new Set([...made.keys(), ...told.keys()])) {
    let rest: readonly Event[] = told.get(row) ?? []
    for (const change of (made.get(row) ?? []).toSorted((a, b) => a.place - b.place)) {
      const index = rest.findIndex((event) => tellsOf(event, change))
      const event = rest[index]
      if (!event) {
        faults.push(`${row}: nothing tells of ${show(change)}`)
        continue
      }
      placed.push({ ...change, seq: event.seq })
      faults.push(...rest.slice(0, index).map((other) => unmade(row, other)))
      rest = rest.slice(index + 1)
    }
    faults.push(...rest.map((other) => unmade(row, other)))
  }
  return { placed, faults }
}

function unmade(row: string, event: Event): string {
  return `${row}: nobody did at that place what is told as ${show(event)}`
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
  for (const [row, ofRow] of groupBy(touches, rowOf)) {
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

function show(value: object | undefined): string {
  return JSON.stringify(value) ?? 'nothing'
}
