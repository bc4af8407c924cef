import type { Row, Value } from '../../protocol/value.ts'
import { OPEN } from '../app/conflicts-collection.ts'
import { hashText } from '../records/hash.ts'
import { timestampOf } from '../records/timestamp.ts'
import { REVERT_ACTOR, SQL_ACTOR, type Version } from '../records/version-vector.ts'
import type { Conflict, ConflictSide } from './log.ts'

/** The find of a conflict: by which edit, in which log, when, and who wrote each side. */
export type Found = {
  readonly version: Version
  readonly epoch: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** The subject that a side is of; empty where nobody is known. */
  readonly subjectOf: (side: ConflictSide) => string
}

/**
 * The rows of the conflicts collection that a conflict is kept as: one for each field that lost, so that the rights of
 * each field hold for what it says. Where the record as a whole won, nothing but that is said.
 */
export function conflictRows(conflict: Conflict, found: Found): Row[] {
  const { field, winner, loser, base } = conflict
  if (field !== undefined) return [toRow(conflict, found, field)]
  const gone = { ...winner, value: null }
  const { value: lost } = loser
  if (!isRow(lost)) {
    const { base: _, ...rest } = conflict
    return [toRow({ ...rest, winner: gone, loser: { ...loser, value: null } }, found, null)]
  }
  const { base: _, ...rest } = conflict
  return Object.entries(lost)
    .filter(([name]) => name !== 'id')
    .map(([name, value]) => {
      const known = base !== undefined && isRow(base) && Object.hasOwn(base, name)
      const lostField = { ...rest, winner: gone, loser: { ...loser, value } }
      return toRow({ ...lostField, ...(known && { base: base[name] ?? null }) }, found, name)
    })
}

function toRow(conflict: Conflict, found: Found, field: string | null): Row {
  const { collection, id: record, policy, winner, loser, base, result } = conflict
  const { version, epoch, at, subjectOf } = found
  return {
    id: conflictId(version, epoch, [collection, record, ...(field === null ? ['', winner.actor] : [field])]),
    collection,
    record,
    field,
    policy,
    asked: isAsked(conflict, version),
    base: known(base),
    winner: sideOf(winner, null),
    loser: sideOf(loser, field),
    winnerBy: subjectOf(winner),
    loserBy: subjectOf(loser),
    result: known(result),
    epoch,
    seq: version.seq,
    at: timestampOf(at),
    state: OPEN,
    resolution: null,
    resolvedBy: null,
  }
}

/** Whether a person has to decide, because nobody's value was taken for the better one: what came later was not done. */
function isAsked({ policy, loser }: Conflict, { actor, n }: Version): boolean {
  const isLate = loser.actor === actor && loser.n === n
  return policy === 'ask' || (policy === 'states' && isLate)
}

/** A value that may be null, as a column holds it that is null where none is known. */
function known(value: Value | undefined): Value {
  return value === undefined ? null : { value }
}

/**
 * An id that an edit gives the same conflict however often it is taken, under whichever log. What Postgres changed has
 * no number of its own but its place in one log.
 */
function conflictId({ actor, n, seq }: Version, epoch: string, about: readonly string[]): string {
  const isOfOneLog = actor === SQL_ACTOR || actor === REVERT_ACTOR
  const edit = isOfOneLog ? `${actor}.${epoch}.${seq}` : `${actor}.${n}`
  return `${edit}.${hashText(about.join('\0'))}`
}

function sideOf({ actor, n, value, ops }: ConflictSide, field: string | null): Value {
  const op = field === null ? undefined : ops?.[field]
  return { value, client: actor, n, ...(op && { op: { ...op } }) }
}

function isRow(value: Value): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
