import type { Peer } from '@tidemark/client'

/** Where somebody else is in a text. */
export type Caret = {
  /** Of one place of one person. */
  readonly key: string
  readonly subject: string
  readonly name: string
  /** As their page has told it. */
  readonly told: number
  /** Where it is by now: what is typed here moves it at once, and their page tells so a moment later. */
  readonly to: number
}

/** The carets that people tell of in a field. One that has told nothing new stays where it has moved to. */
export function caretsOf(people: readonly Peer[], field: string, before: readonly Caret[]): Caret[] {
  return people.flatMap(({ subject, name, places }) =>
    places.flatMap((place, i) => {
      if (typeof place === 'string' || place.field !== field || !place.cursor) return []
      const [, told] = place.cursor
      const key = `${subject} ${i}`
      const known = before.find((caret) => caret.key === key && caret.told === told)
      return [known ?? { key, subject, name, told, to: told }]
    }),
  )
}

/** The carets after a text has become another by what was typed before a caret of one's own. */
export function shifted(
  carets: readonly Caret[],
  before: string,
  after: string,
  ownCaret: number,
): readonly Caret[] {
  const grown = after.length - before.length
  // What follows the own caret is as it was.
  const end = ownCaret - grown
  let start = 0
  while (start < Math.min(end, ownCaret) && before[start] === after[start]) start++
  return carets.map((caret) => {
    if (caret.to >= end && caret.to > start) return { ...caret, to: Math.max(start, caret.to + grown) }
    return caret.to > start ? { ...caret, to: start } : caret
  })
}
