import type { Peer } from '../../protocol/down/peers.ts'
import type { Followed, Place } from '../../protocol/presence.ts'
import type { Row } from '../../protocol/value.ts'
import { matches } from '../query/filter.ts'
import type { Rights } from '../query/view.ts'

/** Somebody's place as those may know of it who may read its record; a made-up place has none. */
export type KnownPlace = { readonly place: Place; readonly row: Row | undefined }

/** A person with all places of their sessions. */
export type Present = { readonly person: Omit<Peer, 'places'>; readonly known: readonly KnownPlace[] }

/** The rights of somebody in a collection. */
export type RightsIn = (collection: string) => Rights

/** Finds the row of a record; undefined where there is none. */
export type RowOf = (collection: string, id: string) => Row | undefined

/** The places where somebody is: at records that exist and that they may read themselves. */
export function knownPlaces(places: readonly Place[], rights: RightsIn, rowOf: RowOf): KnownPlace[] {
  return places.flatMap((place): KnownPlace[] => {
    if (typeof place === 'string') return [{ place, row: undefined }]
    const known = { place, row: rowOf(place.collection, place.id) }
    const seen = seenAs(known, rights)
    return seen === undefined ? [] : [{ place: seen, row: known.row }]
  })
}

/**
 * Finds people by what others follow, so that whoever is somewhere costs only those who follow that place.
 *
 * @returns for a session's followed places and rights who is there, as far as these let it know; whoever is not
 *   there for them is not among them at all
 */
export function meetingOf(
  everybody: Iterable<Present>,
): (followed: readonly Followed[], rights: RightsIn) => Peer[] {
  const byKey = new Map<string, Set<Present>>()
  for (const present of everybody) {
    for (const { place } of present.known) {
      for (const key of keysOf(place)) byKey.set(key, (byKey.get(key) ?? new Set()).add(present))
    }
  }
  return (followed, rights) => {
    const keys = followed.map(keyOf)
    const candidates = new Set(keys.flatMap((key) => [...(byKey.get(key) ?? [])]))
    return [...candidates].flatMap((present) => asPeer(present, keys, rights))
  }
}

function asPeer({ person, known }: Present, followed: readonly string[], rights: RightsIn): Peer[] {
  const places = new Map<string, Place>()
  for (const one of known) {
    if (!keysOf(one.place).some((key) => followed.includes(key))) continue
    const seen = seenAs(one, rights)
    // Two tabs in one place are one place, and so are a record and a field of it that is not to be known.
    if (seen !== undefined) places.set(JSON.stringify(seen), seen)
  }
  return places.size > 0 ? [{ ...person, places: [...places.values()] }] : []
}

function keysOf(place: Place): string[] {
  if (typeof place === 'string') return [keyOf(place)]
  const { collection, id } = place
  return [keyOf({ collection }), keyOf({ collection, id })]
}

function keyOf(followed: Followed): string {
  return typeof followed === 'string' ? `=${followed}` : `${followed.collection}/${followed.id ?? ''}`
}

/** A place as somebody may know of it: a field that is hidden from them is not told, and of its record what is left. */
function seenAs({ place, row }: KnownPlace, rights: RightsIn): Place | undefined {
  if (typeof place === 'string') return place
  const { collection, id, field } = place
  const { read, hidden } = rights(collection)
  if (!row || !matches(read, row)) return undefined
  return field !== undefined && hidden.includes(field) ? { collection, id } : place
}
