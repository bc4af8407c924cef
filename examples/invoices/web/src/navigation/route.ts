/** Where a person is in the application, as the address's fragment says it. */
export type Route =
  | { readonly at: 'invoices' }
  | { readonly at: 'new-invoice' }
  | { readonly at: 'invoice'; readonly id: string }
  | { readonly at: 'contacts' }
  | { readonly at: 'new-contact' }
  | { readonly at: 'contact'; readonly id: string }
  | { readonly at: 'profile' }

type OfOne = Extract<Route, { id: string }>['at']

const HASHES: Record<Exclude<Route['at'], OfOne>, string> = {
  invoices: '#/',
  'new-invoice': '#/new',
  contacts: '#/contacts',
  'new-contact': '#/new-contact',
  profile: '#/profile',
}

/** What comes before the id of the one thing that is open. */
const PREFIXES: Record<OfOne, string> = { invoice: '#/invoices/', contact: '#/contacts/' }

const PLACES: readonly Route[] = [
  { at: 'new-invoice' },
  { at: 'contacts' },
  { at: 'new-contact' },
  { at: 'profile' },
]

export function routeOf(hash: string): Route {
  return (
    PLACES.find((place) => hashOf(place) === hash) ??
    routeToOne('invoice', hash) ??
    routeToOne('contact', hash) ?? { at: 'invoices' }
  )
}

function routeToOne(at: OfOne, hash: string): Route | undefined {
  const prefix = PREFIXES[at]
  if (!hash.startsWith(prefix) || hash.length === prefix.length) return undefined
  try {
    return { at, id: decodeURIComponent(hash.slice(prefix.length)) }
  } catch {
    // Someone edited the address by hand.
    return undefined
  }
}

export function hashOf(route: Route): string {
  return 'id' in route ? PREFIXES[route.at] + encodeURIComponent(route.id) : HASHES[route.at]
}

/** The pages of the application; each has its places. */
export type Section = 'invoices' | 'contacts' | 'profile'

const SECTIONS: Record<Route['at'], Section> = {
  invoices: 'invoices',
  'new-invoice': 'invoices',
  invoice: 'invoices',
  contacts: 'contacts',
  'new-contact': 'contacts',
  contact: 'contacts',
  profile: 'profile',
}

export function sectionOf(route: Route): Section {
  return SECTIONS[route.at]
}
