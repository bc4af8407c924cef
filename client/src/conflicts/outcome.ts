import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { Resolution } from '../api/conflicts.ts'
import { toValue } from '../edits/json.ts'
import { type Folded, isWhole } from './fold.ts'
import type { Added, LostRow, Side } from './lost-row.ts'
import type { Sides } from './sides.ts'

/** A write of a field: it is set, or it is added to. */
export type Written = readonly [field: string, what: { readonly set: Value } | Added]

/** A decision about a conflict: what is written, and what is then said of each of its losing values. */
export type Outcome = {
  readonly write:
    | { readonly is: 'fields'; readonly fields: readonly Written[] }
    | { readonly is: 'delete' | 'nothing' }
    | { readonly is: 'refused'; readonly error: WireError }
  /** Undefined for one that is over and stays as it is. */
  readonly resolutionOf: (row: LostRow) => Resolution | undefined
}

/** @param how `yours`, `theirs` or `{ value }`, if its caller keeps to the types */
export function outcomeOf(folded: Folded, sides: Sides, how: unknown): Outcome {
  if (how === 'yours' || how === 'theirs') {
    const side = sides[how]
    if (side) return side === sides.winner ? kept(folded, side) : restored(rowsOf(folded, side))
    return refused(`There is no value that is ${how}: choose another, or dismiss the conflict.`)
  }
  if (typeof how !== 'object' || how === null || !('value' in how))
    return refused("A conflict is resolved by 'yours', 'theirs' or { value }.")
  const [{ field }] = folded.rows
  if (field === null || isWhole(folded.rows[0]))
    return refused("The record as a whole is in conflict: choose 'yours' or 'theirs', or dismiss it.")
  const value = toValue(how.value)
  if (value === undefined) return refused(`The value for "${field}" is nothing JSON can carry.`, 'bad-value')
  return { write: { is: 'fields', fields: [[field, { set: value }]] }, resolutionOf: ifOpen('replaced') }
}

/** One of the losing values is written. */
export function outcomeOfRestoring({ rows }: Folded, id: unknown): Outcome {
  const row = rows.find((candidate) => candidate.id === id)
  return row ? restored([row]) : refused('This losing value is not one of the conflict.')
}

export const DISMISSED: Outcome = { write: { is: 'nothing' }, resolutionOf: ifOpen('dismissed') }

/** What had won stays, or is written again where something else has come since. */
function kept({ rows }: Folded, { value }: Side): Outcome {
  const [{ field }] = rows
  // Whether a record is there was decided since, if it is not as it was decided then.
  const isLeft = field === null || isWhole(rows[0])
  return {
    write: isLeft ? { is: 'nothing' } : { is: 'fields', fields: [[field, { set: value }]] },
    resolutionOf: ifOpen('kept'),
  }
}

function restored(rows: readonly LostRow[]): Outcome {
  const fields = rows.flatMap(({ field, loser, added }) =>
    field === null ? [] : [[field, added ?? { set: loser.value }] as const],
  )
  const isDeletion = fields.length === 0
  return {
    // What was lost last counts.
    write: isDeletion ? { is: 'delete' } : { is: 'fields', fields: [...fields].reverse() },
    resolutionOf: (row) => {
      if (rows.includes(row)) return 'restored'
      return isDeletion || fields.some(([field]) => field === row.field) ? ifOpen('replaced')(row) : undefined
    },
  }
}

/** The losing values that are one side's: of a deletion all that it has cost this person. */
function rowsOf({ rows }: Folded, side: Side): readonly LostRow[] {
  const [newest] = rows.filter(({ loser }) => loser === side)
  if (!newest) return []
  return isWhole(newest) ? rows.filter(({ loser }) => loser.by === side.by) : [newest]
}

function ifOpen(resolution: Resolution): Outcome['resolutionOf'] {
  return ({ state }) => (state === 'open' ? resolution : undefined)
}

function refused(message: string, code: 'bad-operation' | 'bad-value' = 'bad-operation'): Outcome {
  return { write: { is: 'refused', error: wireError(code, message) }, resolutionOf: () => undefined }
}
