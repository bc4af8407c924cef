/** The names of a client's own members, and those of the parts of it that are to come. */
const CLIENT_NAMES = [
  'close',
  'conflicts',
  'connection',
  'history',
  'metrics',
  'notifications',
  'onError',
  'onInvalidate',
  'preloads',
  'presence',
  'query',
  'refused',
  'signOut',
  'texts',
  'transaction',
  'undo',
] as const

/** The name by which an effect refuses an edit, beside the collections. */
const EFFECT_NAMES = ['refuse'] as const

/** A name that no collection can have, because whoever has the collections by name has that beside them. */
export type ReservedName = (typeof RESERVED_NAMES)[number]

export const RESERVED_NAMES = [...CLIENT_NAMES, ...EFFECT_NAMES] as const

export function isReserved(name: string): boolean {
  return RESERVED_NAMES.some((reserved) => reserved === name)
}
