import type { View } from './view.ts'

/** The views that a replica keeps, by the keys of their queries. */
type Views = ReadonlyMap<string, View>

/** Does any view follow the session's cursor? */
export function isAnyEstablished(views: Views): boolean {
  return [...views.values()].some(({ phase }) => phase.is === 'live' || phase.is === 'paging')
}

/** Those that go on from what they held. */
export function resumedViews(views: Views): View[] {
  return [...views.values()].filter(({ phase }) => phase.is === 'named' && phase.resumed)
}

export function viewsOf(views: Views, collection: string): View[] {
  return [...views.values()].filter((view) => view.collection === collection)
}

export function viewOfSubscription(views: Views, subscription: number): View | undefined {
  return [...views.values()].find(
    ({ phase }) => 'subscription' in phase && phase.subscription === subscription,
  )
}

/** The view to which the server has given a number. */
export function viewOfNumber(views: Views, number: number): View | undefined {
  return [...views.values()].find(({ phase }) => 'view' in phase && phase.view === number)
}
