import type { FieldOp } from '../../../src/protocol/edit.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { same } from './history.ts'

/** It was accepted, and ought not to have been. */
export class Unlawful extends Error {}

/** Whose write it met cannot be told. */
export class Untold extends Error {}

const COUNTERS = ['reactions']
const MAXIMA = ['bestScore']
const MINIMA = ['startedOn']
const IMMUTABLE = ['number', 'assigneeId']
const ASKED = ['advice']

/** A field whose items are added and removed one by one, and one that the application merges by words. */
export const ITEMS = 'labels'
export const WORDS = 'story'

const MOVES: Readonly<Record<string, readonly string[]>> = {
  draft: ['open', 'withdrawn'],
  open: ['in_progress', 'finished', 'withdrawn'],
  in_progress: ['finished', 'withdrawn'],
}

export type Outcome = { readonly value: Value; readonly isWritten: boolean; readonly isConflict: boolean }

/**
 * One field's new value, by the policy that the application declares for it.
 *
 * @param base what its author had in sight; undefined where nobody can say
 */
export function merged(
  name: string,
  current: Value,
  incoming: FieldOp,
  isConcurrent: boolean,
  base: Value | undefined,
): Outcome {
  if ('add' in incoming) {
    if (!COUNTERS.includes(name)) throw new Unlawful(`${name} is added to`)
    return { value: Number(current) + incoming.add, isWritten: true, isConflict: false }
  }
  if (!('set' in incoming)) throw new Unlawful(`${name} is no set`)
  const { set } = incoming
  if (same(set, current)) return { value: current, isWritten: true, isConflict: false }
  if (IMMUTABLE.includes(name) || COUNTERS.includes(name)) throw new Unlawful(`${name} is set`)
  if (MAXIMA.includes(name) || MINIMA.includes(name)) {
    const known = [current, set].filter((value) => value !== null).sort(byOrder)
    const value = (MAXIMA.includes(name) ? known.at(-1) : known[0]) ?? null
    return { value, isWritten: true, isConflict: false }
  }
  if (ASKED.includes(name))
    return { value: isConcurrent ? current : set, isWritten: !isConcurrent, isConflict: isConcurrent }
  if (name === WORDS && isConcurrent)
    return { value: mergedWords(base, current, set), isWritten: true, isConflict: true }
  if (name !== 'status') return { value: set, isWritten: true, isConflict: isConcurrent }
  const isLegal = MOVES[String(current)]?.includes(String(set)) ?? false
  if (!isLegal && !isConcurrent) throw new Unlawful(`${current} becomes ${set}`)
  return { value: isLegal ? set : current, isWritten: isLegal, isConflict: isConcurrent }
}

/** Every word that both have, or that one of them has and the other never had in sight. */
function mergedWords(base: Value | undefined, current: Value, incoming: Value): string {
  const words = (text: Value | undefined) =>
    String(text ?? '')
      .split(' ')
      .filter(Boolean)
  const [begun, there, here] = [words(base), words(current), words(incoming)]
  const kept = there.filter((word) => here.includes(word) || !begun.includes(word))
  const added = here.filter((word) => !there.includes(word) && !begun.includes(word))
  return [...new Set([...kept, ...added])].join(' ')
}

/** Numbers by size, days by their text. */
function byOrder(a: Value, b: Value): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
}
