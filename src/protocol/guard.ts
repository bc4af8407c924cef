import type { ErrorCode } from './errors.ts'
import { MAX_ARRAY_ITEMS, MAX_DEPTH, MAX_STRING_LENGTH } from './limits.ts'

/** The fault that makes parsed JSON unusable, if there is one. */
export type GuardFinding = { code: ErrorCode; message: string }

/** Half of a character that takes two code units. A pattern, as engines have `isWellFormed` since 2023 only. */
const HALF = /\p{Surrogate}/u

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/** Whether everything is looked at, or all but the characters of texts. */
type Thoroughness = 'all' | 'form'

/**
 * Looks through freshly parsed JSON before any other code touches it. The walk keeps its own stack,
 * because a recursive one would be what a deeply nested frame attacks.
 */
export function inspect(
  root: unknown,
  { maxDepth = MAX_DEPTH, thoroughness = 'all' }: { maxDepth?: number; thoroughness?: Thoroughness } = {},
): GuardFinding | undefined {
  const look = thoroughness === 'all' ? inspectText : inspectLength
  const stack: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, depth } = next
    if (typeof value === 'string') {
      const finding = look(value)
      if (finding) return finding
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value) || Object.is(value, -0)) {
        return { code: 'bad-number', message: 'Numbers must be finite, and zero must be positive.' }
      }
    } else if (typeof value === 'object' && value !== null) {
      if (depth > maxDepth) {
        return { code: 'too-deep', message: `JSON may be nested ${maxDepth} levels deep.` }
      }
      if (Array.isArray(value)) {
        if (value.length > MAX_ARRAY_ITEMS) {
          return { code: 'too-large', message: `An array may have ${MAX_ARRAY_ITEMS} items.` }
        }
        for (const item of value) stack.push({ value: item, depth: depth + 1 })
      } else {
        for (const [key, item] of Object.entries(value)) {
          if (FORBIDDEN_KEYS.has(key)) {
            return { code: 'forbidden-key', message: `The key "${key}" is not allowed.` }
          }
          const finding = look(key)
          if (finding) return finding
          stack.push({ value: item, depth: depth + 1 })
        }
      }
    }
  }
  return undefined
}

function inspectLength(text: string): GuardFinding | undefined {
  if (text.length <= MAX_STRING_LENGTH) return undefined
  return { code: 'too-large', message: `A text may have ${MAX_STRING_LENGTH} characters.` }
}

/** The fault that makes a text unusable, if there is one. */
export function inspectText(text: string): GuardFinding | undefined {
  const finding = inspectLength(text)
  if (finding) return finding
  // Postgres cannot store NUL, and a lone surrogate does not survive UTF-8.
  if (text.includes('\0') || HALF.test(text)) {
    return { code: 'bad-text', message: 'Text must be well-formed Unicode without NUL.' }
  }
  return undefined
}
