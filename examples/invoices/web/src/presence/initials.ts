/** Tones of the circles that people are drawn as; styles/presence.css has one for each. */
const TONES = 4

/** Up to two letters for a name: those that its first and last word begin with. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u)
  const [first = ''] = words
  const last = words.length > 1 ? (words.at(-1) ?? '') : ''
  return [first, last]
    .map((word) => [...word][0] ?? '')
    .join('')
    .toLocaleUpperCase()
}

/** The tone of a person, the same on every screen. */
export function toneOf(subject: string): number {
  let sum = 0
  for (const character of subject) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_536
  return sum % TONES
}
