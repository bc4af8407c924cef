import { MAX_DEPTH } from '../../../src/protocol/limits.ts'
import type { Value } from '../../../src/protocol/value.ts'

/**
 * A copy of a caller's value as JSON will carry it, or undefined when JSON cannot: for NaN, dates,
 * bigints, functions, class instances and what is nested too deeply. Keys without a value are left out.
 */
export function toValue(input: unknown, depth = 1): Value | undefined {
  if (input === null || typeof input === 'string' || typeof input === 'boolean') return input
  // Adding zero turns -0, which JSON does not know, into 0.
  if (typeof input === 'number') return Number.isFinite(input) ? input + 0 : undefined
  if (typeof input !== 'object' || depth > MAX_DEPTH) return undefined
  if (Array.isArray(input)) {
    const items = input.map((item) => toValue(item, depth + 1))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  return isPlain(input) ? toFields(input, depth + 1) : undefined
}

function toFields(input: object, depth: number): { [key: string]: Value } | undefined {
  const fields: [string, Value][] = []
  for (const [key, item] of Object.entries(input)) {
    if (item === undefined) continue
    const value = toValue(item, depth)
    if (value === undefined) return undefined
    fields.push([key, value])
  }
  // Makes a property of any key, also of one that an assignment would take for the prototype.
  return Object.fromEntries(fields)
}

function isPlain(input: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(input)
  return prototype === Object.prototype || prototype === null
}
