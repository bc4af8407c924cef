import { useMemo, useSyncExternalStore } from 'react'
import { hashOf, type Route, routeOf } from './route.ts'

function subscribe(notify: () => void): () => void {
  window.addEventListener('hashchange', notify)
  return () => window.removeEventListener('hashchange', notify)
}

/** The current place. The browser's back button and bookmarks work, because it lives in the address. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash)
  return useMemo(() => routeOf(hash), [hash])
}

export function goTo(route: Route): void {
  window.location.hash = hashOf(route)
}
