import { allOf, anyOf, EVERYTHING, negated } from '../../protocol/normal-filter.ts'
import type { Filter } from '../../protocol/query.ts'
import { badQuery, describe, isPlain, toOperand } from './operand.ts'

/** One column's condition: a value, or several conditions that all have to hold. */
export type Condition<Type> =
  | (Type extends readonly unknown[] ? never : Type)
  | {
      readonly lt?: NonNullable<Type>
      readonly lte?: NonNullable<Type>
      readonly gt?: NonNullable<Type>
      readonly gte?: NonNullable<Type>
      readonly in?: readonly Type[]
      readonly not?: Type
      readonly prefix?: Type extends string | null ? string : never
      readonly has?: NonNullable<Type> extends readonly (infer Item)[] ? Item : never
    }

/** Conditions by column, all of which have to hold. */
export type Conditions<Row> = { readonly [Column in keyof Row]?: Condition<Row[Column]> }

/** A choice of records: conditions by column, or what `where.any`, `where.all` and `where.not` made of such. */
export type Where<Row> = Conditions<Row> | Expression<Conditions<Row>>

/** A combination of conditions. Made by `where`. */
export class Expression<Given> {
  readonly filter: Filter
  /** The conditions it was made of, for the type checker alone; never set. */
  declare readonly given: Given

  constructor(filter: Filter) {
    this.filter = filter
  }
}

type GivenIn<Part> = Part extends Expression<infer Given> ? Given : Part

/** Every record. */
export const everything = new Expression<never>(EVERYTHING)

/**
 * Combines conditions.
 *
 * @example where.any({ status: 'open' }, { dueOn: { lt: '2026-01-01' }, reactions: 0 })
 */
export const where = {
  all: <const Parts extends readonly object[]>(...parts: Parts) =>
    new Expression<GivenIn<Parts[number]>>(allOf(parts.map(toFilter))),
  any: <const Parts extends readonly object[]>(...parts: Parts) =>
    new Expression<GivenIn<Parts[number]>>(anyOf(parts.map(toFilter))),
  not: <const Part extends object>(part: Part) => new Expression<GivenIn<Part>>(negated(toFilter(part))),
} as const

/**
 * Conditions as they travel, in their normal form. Throws, with the code `bad-query` and a sentence that names the
 * column, where something is compared with what is no text, number, true, false or null.
 */
export function toFilter(given: unknown): Filter {
  if (given instanceof Expression) return given.filter
  if (!isPlain(given)) {
    throw badQuery(
      `Conditions are written as { column: value }, or by where.all, where.any and where.not; this is ${describe(given)}.`,
    )
  }
  return allOf(Object.entries(given).flatMap(([column, wanted]) => columnFilters(column, wanted)))
}

const OPERATORS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

function columnFilters(column: string, wanted: unknown): Filter[] {
  if (!isPlain(wanted)) return [['=', column, toOperand(column, wanted)]]
  const conditions = Object.entries(wanted)
  if (conditions.length === 0) throw badQuery(`"${column}" is asked for by { }, which says no condition.`)
  return conditions.map(([name, value]): Filter => {
    switch (name) {
      case 'lt':
      case 'lte':
      case 'gt':
      case 'gte':
        return [OPERATORS[name], column, toOperand(column, value)]
      case 'in':
        return ['in', column, toOperands(column, value)]
      case 'not':
        return ['not', ['=', column, toOperand(column, value)]]
      case 'prefix':
        if (typeof value === 'string') return ['prefix', column, value]
        throw badQuery(
          `"${column}" begins with a text, as in { prefix: 'call' }; this is ${describe(value)}.`,
        )
      case 'has':
        return ['has', column, toOperand(column, value)]
      default:
        throw badQuery(`"${name}" is no condition; there are lt, lte, gt, gte, in, not, prefix and has.`)
    }
  })
}

function toOperands(column: string, list: unknown): (string | number | boolean | null)[] {
  if (!Array.isArray(list)) {
    throw badQuery(`"${column}" is one of a list, as in { in: ['a', 'b'] }; this is ${describe(list)}.`)
  }
  // Not by `map`, which passes over the holes of a list.
  return [...new Set(Array.from(list, (item: unknown) => toOperand(column, item)))]
}
