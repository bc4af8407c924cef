import type { Operand } from '../../protocol/query.ts'

/** Characters of a text that a message repeats. */
const MAX_SHOWN = 40

/** An error for whoever wrote a query that says nothing: a `TypeError` with the code that the server would give. */
export function badQuery(message: string): TypeError & { readonly code: 'bad-query' } {
  return Object.assign(new TypeError(message), { code: 'bad-query' as const })
}

/** A caller's value to compare a column with. Nothing is converted but -0, which JSON does not know. */
export function toOperand(column: string, value: unknown): Operand {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0
  throw badQuery(
    `"${column}" is compared with ${describe(value)}; a condition takes a text, a number, true, false or null${hint(value)}.`,
  )
}

/**
 * An object as `{ }` writes it, which alone is read by its keys: a date, a Map or an instance of a class has none to
 * read.
 */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Of whatever window or frame: what `{ }` makes has a prototype that has none.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A value in a few words. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `the text "${value.slice(0, MAX_SHOWN)}"`
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
    case 'bigint':
      return `the bigint ${String(value).slice(0, MAX_SHOWN)}n`
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'a list'
      return isPlain(value) ? 'an object' : `an instance of ${nameOf(value)}`
    default:
      return String(value)
  }
}

function nameOf(value: object): string {
  const made: unknown = value.constructor
  return typeof made === 'function' ? made.name.slice(0, MAX_SHOWN) : 'a class'
}

function hint(value: unknown): string {
  if (value === undefined)
    return ': leave the column out to ask nothing of it, or write null for what is empty'
  if (Array.isArray(value)) return ': write { in: [...] } for one of several'
  if (typeof value === 'bigint') return ': write Number(...)'
  if (Object.prototype.toString.call(value) === '[object Date]') {
    return ": write a day as '2026-01-31' and a time as '2026-01-31T12:00:00.000Z', which is .toISOString()"
  }
  return ''
}
