import { whyNoId } from './ids.ts'
import { MAX_PLACES, MAX_PLACES_FOLLOWED, MAX_PRESENCE_BYTES } from './limits.ts'
import type { Followed, Place, Presence } from './presence.ts'
import { utf8Length } from './utf8-length.ts'

/** The sentence that says why a presence cannot be taken, whatever the application; undefined when it can. */
export function whyNoPresence(presence: Presence): string | undefined {
  const { at, of } = presence
  for (const place of [...at, ...of]) {
    const reason = whyNoPlace(place)
    if (reason !== undefined) return reason
  }
  const isTooMuch =
    at.length > MAX_PLACES ||
    of.length > MAX_PLACES_FOLLOWED ||
    utf8Length(JSON.stringify(presence)) > MAX_PRESENCE_BYTES
  return isTooMuch
    ? `A client can be in ${MAX_PLACES} places and follow ${MAX_PLACES_FOLLOWED}, of ${MAX_PRESENCE_BYTES} bytes together.`
    : undefined
}

function whyNoPlace(place: Place | Followed): string | undefined {
  if (typeof place === 'string') return whyNoId(place)
  if ('cursor' in place && place.cursor && (place.field === undefined || place.cursor[0] > place.cursor[1]))
    return 'A cursor is in a field, and ends no sooner than it begins.'
  return place.id === undefined ? undefined : whyNoId(place.id)
}
