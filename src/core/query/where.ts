import type { Filter } from '../../protocol/query.ts'
import type { Value } from '../../protocol/value.ts'
import { EVERYTHING } from './filter.ts'

/** What one column is asked for: a value, or several conditions that all have to hold. */
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

/** Which records: conditions by column, or what `where.any`, `where.all` and `where.not` made of such. */
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
 * @example where.any({ status: 'sent' }, { dueOn: { lt: '2026-01-01' }, reminders: 0 })
 */
export const where = {
  all: <const Parts extends readonly object[]>(...parts: Parts) =>
    new Expression<GivenIn<Parts[number]>>(['and', parts.map(toFilter)]),
  any: <const Parts extends readonly object[]>(...parts: Parts) =>
    new Expression<GivenIn<Parts[number]>>(['or', parts.map(toFilter)]),
  not: <const Part extends object>(part: Part) => new Expression<GivenIn<Part>>(['not', toFilter(part)]),
} as const

/** Conditions as they travel. Values are checked by whoever evaluates them. */
export function toFilter(given: object): Filter {
  if (given instanceof Expression) return given.filter
  const parts = Object.entries(given).flatMap(([column, wanted]) => columnFilters(column, wanted))
  const [only] = parts
  return only && parts.length === 1 ? only : ['and', parts]
}

const OPERATORS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

function columnFilters(column: string, wanted: unknown): Filter[] {
  if (wanted === undefined) return []
  if (!isObject(wanted)) return [['=', column, toValue(wanted)]]
  return Object.entries(wanted).flatMap(([name, value]): Filter[] => {
    if (value === undefined) return []
    switch (name) {
      case 'lt':
      case 'lte':
      case 'gt':
      case 'gte':
        return [[OPERATORS[name], column, toValue(value)]]
      case 'in':
        return [['in', column, Array.isArray(value) ? value.map(toValue) : []]]
      case 'not':
        return [['not', ['=', column, toValue(value)]]]
      case 'prefix':
        return [['prefix', column, String(value)]]
      case 'has':
        return [['has', column, toValue(value)]]
      default:
        throw new TypeError(`"${name}" is no condition; there are lt, lte, gt, gte, in, not, prefix and has.`)
    }
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value to compare with is a text, a number, true, false or null. */
function toValue(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return value
  throw new TypeError('A condition compares with a text, a number, true, false or null.')
}
