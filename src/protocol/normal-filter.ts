import type { Filter } from './query.ts'

/** Lets every record through. */
export const EVERYTHING: Filter = ['and', []]

/** Lets none through. */
export const NOTHING: Filter = ['or', []]

/** Does a filter in its normal form let every record through? */
export function isEverything(filter: Filter): boolean {
  return filter[0] === 'and' && filter[1].length === 0
}

/** All of some filters that are in their normal form, in the normal form. */
export function allOf(parts: readonly Filter[]): Filter {
  return joined('and', parts)
}

/** Any of some filters that are in their normal form, in the normal form. */
export function anyOf(parts: readonly Filter[]): Filter {
  return joined('or', parts)
}

/** The opposite of a filter that is in its normal form, in the normal form. */
export function negated(filter: Filter): Filter {
  if (filter[0] === 'not') return filter[1]
  if ((filter[0] === 'and' || filter[0] === 'or') && filter[1].length === 0) {
    return [filter[0] === 'and' ? 'or' : 'and', []]
  }
  return ['not', filter]
}

/**
 * A filter that means the same without what says nothing: what nests without need, is empty, or comes twice in a list.
 */
export function normalFilter(filter: Filter): Filter {
  switch (filter[0]) {
    case 'and':
    case 'or':
      return joined(filter[0], filter[1].map(normalFilter))
    case 'not':
      return negated(normalFilter(filter[1]))
    case 'in':
      return ['in', filter[1], [...new Set(filter[2])]]
    default:
      return filter
  }
}

function joined(kind: 'and' | 'or', parts: readonly Filter[]): Filter {
  const flat: Filter[] = []
  for (const part of parts) {
    if (part[0] === kind) for (const inner of part[1]) flat.push(inner)
    // Nothing among "and", or everything among "or", decides alone.
    else if ((part[0] === 'and' || part[0] === 'or') && part[1].length === 0) return part
    else flat.push(part)
  }
  const [only] = flat
  return only && flat.length === 1 ? only : [kind, flat]
}
