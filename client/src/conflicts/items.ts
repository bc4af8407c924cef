import { sameValue } from '../../../src/core/records/value.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { ConflictItem, LosingValue } from '../api/conflicts.ts'
import { type Folded, isWhole } from './fold.ts'
import type { LostRow } from './lost-row.ts'
import { DISMISSED, outcomeOf, outcomeOfRestoring } from './outcome.ts'
import { type ResolvePort, resolve } from './resolve.ts'
import { type Reader, sidesFor } from './sides.ts'

/** The record of a conflict as the client has it: its row, nothing where it is gone, or not known. */
export type Held = { readonly row: { readonly [field: string]: Value } } | 'gone' | 'unknown'

/** An item, and what it was made of. */
export type Made = {
  readonly item: ConflictItem
  readonly rows: readonly LostRow[]
  readonly reader: Reader
  readonly current: Value | undefined
  readonly deleted: boolean
}

/** The item of folded losing values; the one there was, where it would say the same. */
export function toItem(
  folded: Folded,
  held: Held,
  reader: Reader,
  port: ResolvePort,
  before: Made | undefined,
): Made {
  const { rows, key } = folded
  const [newest] = rows
  const current = currentOf(newest, held)
  const deleted = held === 'gone'
  const isSame =
    before &&
    before.deleted === deleted &&
    before.reader.subject === reader.subject &&
    before.reader.client === reader.client &&
    sameValue(before.current, current) &&
    before.rows.length === rows.length &&
    before.rows.every((row, i) => row === rows[i])
  if (isSame) return before
  const { winner, yours, theirs } = sidesFor(folded, reader)
  const losers = rows.map((row): LosingValue => {
    const { loser, base, id, field, at, seq, state, resolution, resolvedBy } = row
    const known = base && { base: base.value }
    const restore: LosingValue['restore'] = (options) =>
      resolve(port, rows, outcomeOfRestoring(folded, id), options)
    return Object.freeze({ ...loser, id, field, ...known, at, seq, state, resolution, resolvedBy, restore })
  })
  const isOfField = !isWhole(newest)
  const item: ConflictItem = {
    key,
    kind: isOfField ? 'field' : newest.field === null ? 'delete-lost' : 'delete-won',
    collection: newest.collection,
    record: newest.record,
    field: isOfField ? newest.field : null,
    policy: newest.policy,
    asked: rows.some(({ asked, state }) => asked && state === 'open'),
    state: rows.some(({ state }) => state === 'open') ? 'open' : newest.state,
    ...(newest.base && isOfField && { base: newest.base.value }),
    ...(current !== undefined && { current }),
    deleted,
    winner,
    losers: Object.freeze(losers),
    ...(yours && { yours }),
    ...(theirs && { theirs }),
    at: newest.at,
    seq: newest.seq,
    resolve: (how, options) =>
      resolve(port, rows, outcomeOf(folded, { winner, yours, theirs }, how), options),
    restore: (loser, options) => resolve(port, rows, outcomeOfRestoring(folded, loser?.id), options),
    dismiss: (options) => resolve(port, rows, DISMISSED, options),
  }
  return { item: Object.freeze(item), rows, reader, current, deleted }
}

/** What the field holds now; as it was left, where its record is not held. */
function currentOf(newest: LostRow, held: Held): Value | undefined {
  const { field, result, winner } = newest
  if (field === null || isWhole(newest) || held === 'gone') return undefined
  const value = held === 'unknown' ? undefined : held.row[field]
  return value !== undefined ? value : (result?.value ?? winner.value)
}
