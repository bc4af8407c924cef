import type { Part, Patch, ShortText } from '../../protocol/down/rows.ts'
import type { Row, Value } from '../../protocol/value.ts'
import { sameValue } from '../records/value.ts'
import { commonEnds } from '../text/difference.ts'
import type { RecordChange } from './changes.ts'
import { compareRows } from './compare-rows.ts'
import { matches } from './filter.ts'
import { type View, valuesOf } from './view.ts'

/** UTF-16 units of a text that is told whole in any case. */
const SHORT = 40

type Changes = ReadonlyMap<string, RecordChange>

/** One record as a view showed it at the beginning of an interval and shows it at its end, if the two differ. */
export type Moved = { readonly id: string; readonly before: Row | undefined; readonly after: Row | undefined }

/**
 * Works out what changes came to in a view. In a window a record also moves because another came or went, so its
 * members are worked out on both ends.
 *
 * @param scan the rows that meet the view's filter at the end of the interval, in its order
 */
export function moved(view: View, changes: Changes, scan: () => Iterable<Row>): Moved[] {
  const concerned = concernedBy(view, changes)
  const { limit } = view
  return limit === undefined || concerned.length === 0
    ? concerned
    : movedInWindow(view, limit, concerned, scan())
}

/** The changes that concern a view's filter, each row as far as it meets that. */
export function concernedBy({ filter }: Pick<View, 'filter'>, changes: Changes): Moved[] {
  const shown = (row: Row | undefined) => (row && matches(filter, row) ? row : undefined)
  return [...changes.values()]
    .map(({ id, before, after }) => ({ id, before: shown(before), after: shown(after) }))
    .filter(({ before, after }) => before || after)
}

function movedInWindow(view: View, limit: number, concerned: readonly Moved[], scan: Iterable<Row>): Moved[] {
  const touched = new Map(concerned.map((change) => [change.id, change]))
  const { rows, untouched } = readWindow(limit, touched, scan)
  const earlier = [...untouched, ...concerned.flatMap(({ before }) => (before ? [before] : []))]
  const was = new Map(firstOf(view, limit, earlier))
  const is = new Map(firstOf(view, limit, rows))
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((id) => {
    const [before, after] = [was.get(id), is.get(id)]
    return before === after ? [] : { id, before, after }
  })
}

/** Reads rows until nothing further on can have been in the window on either end. */
function readWindow(limit: number, touched: ReadonlyMap<string, Moved>, scan: Iterable<Row>) {
  const rows: Row[] = []
  const untouched: Row[] = []
  for (const row of scan) {
    rows.push(row)
    if (!touched.has(idOf(row))) untouched.push(row)
    if (untouched.length === limit) break
  }
  return { rows, untouched }
}

function firstOf({ orderBy }: View, limit: number, rows: readonly Row[]): (readonly [string, Row])[] {
  return [...rows]
    .sort(compareRows(orderBy))
    .slice(0, limit)
    .map((row) => [idOf(row), row])
}

const idOf = (row: Row) => String(row['id'])

/** The part of a `rows` frame that tells a view's readers what moved; undefined when they notice nothing. */
export function partOf(view: View, number: number, moves: readonly Moved[]): Part | undefined {
  const puts: Value[][] = []
  const patches: Patch[] = []
  const leaves: string[] = []
  const texts: ShortText[] = []
  const isText = new Set(
    view.collection.columns.flatMap(({ name, policy }) => (policy.kind === 'text' ? name : [])),
  )
  for (const { id, before, after } of moves) {
    if (!after) leaves.push(id)
    else if (!before) puts.push(valuesOf(view, after))
    else {
      const patch: Patch = [id]
      for (const [index, name] of view.columns.entries()) {
        const value = after[name] ?? null
        if (sameValue(before[name] ?? null, value)) continue
        const change = isText.has(name) ? shortChange(before[name], value) : undefined
        if (change) texts.push([patches.length, patch.length, change])
        patch.push(index, value)
      }
      if (patch.length > 1) patches.push(patch)
    }
  }
  if (puts.length + patches.length + leaves.length === 0) return undefined
  return texts.length > 0 ? [number, puts, patches, leaves, texts] : [number, puts, patches, leaves]
}

/** The change of a text that is told to who has it, where that is much shorter than the whole. */
function shortChange(before: Value | undefined, after: Value): ShortText[2] | undefined {
  if (typeof before !== 'string' || typeof after !== 'string' || after.length < SHORT) return undefined
  const [start, end] = commonEnds(before, after)
  const inserted = after.slice(start, after.length - end)
  return inserted.length * 2 < after.length ? [start, before.length - start - end, inserted] : undefined
}

/** `moved` as a part of a `rows` frame. */
export function viewDelta(
  view: View,
  number: number,
  changes: Changes | undefined,
  scan: () => Iterable<Row>,
): Part | undefined {
  return changes && partOf(view, number, moved(view, changes, scan))
}
