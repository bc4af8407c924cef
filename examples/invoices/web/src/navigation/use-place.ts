import { useMemo, useSyncExternalStore } from 'react'
import { hashOf, type Place, placeOf } from './place.ts'

function subscribe(notify: () => void): () => void {
  window.addEventListener('hashchange', notify)
  return () => window.removeEventListener('hashchange', notify)
}

/** The current place. The browser's back button and bookmarks work, because it lives in the address. */
export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash)
  return useMemo(() => placeOf(hash), [hash])
}

export function goTo(place: Place): void {
  window.location.hash = hashOf(place)
}
