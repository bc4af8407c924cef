import type { Random } from '../../../dev/harness/random.ts'

const LONGEST = 128

// Two of them look the same, and are not: nothing is normalised.
const AT_LIMITS = [
  'x'.repeat(LONGEST),
  ' ',
  'a, b',
  'é',
  'e\u0301',
  `"';--\\`,
  '\u{1f4a7}'.repeat(LONGEST / 2),
] as const

/** Postgres keeps them, and they are no ids. */
const BEYOND = ['', 'x'.repeat(LONGEST + 1), 'a\nb', '\u2028', 'a\u0007', '\u0085'] as const

/** Not even Postgres keeps them. */
const UNSTORABLE = ['\u0000', '\ud83d', 'a\udca7'] as const

/** An id at a limit or beyond it, as somebody writes it. */
export function oddId(random: Random, by: 'a client' | 'Postgres'): string {
  if (random.chance(0.5)) return random.pick(AT_LIMITS)
  return by === 'Postgres' || random.chance(0.5) ? random.pick(BEYOND) : random.pick(UNSTORABLE)
}

/** Can it be an id? Says so without any code of the product. */
export function isId(text: string): boolean {
  const isTidy = [...text].every((character) => {
    const point = character.codePointAt(0) ?? 0
    const isControl = point < 0x20 || (point >= 0x7f && point < 0xa0)
    return !isControl && point !== 0x2028 && point !== 0x2029 && !(point >= 0xd800 && point < 0xe000)
  })
  return text.length > 0 && text.length <= LONGEST && isTidy
}

/** Is it other than those that are made everywhere? */
export function isOdd(text: string): boolean {
  return !/^[\w-]{1,60}$/.test(text)
}
