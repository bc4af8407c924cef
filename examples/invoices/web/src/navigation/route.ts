/** Where a person is in the application, as the address's fragment says it. */
export type Route =
  | { readonly at: 'list' }
  | { readonly at: 'new' }
  | { readonly at: 'invoice'; readonly id: string }

const INVOICE = '#/invoices/'

export function routeOf(hash: string): Route {
  if (hash === '#/new') return { at: 'new' }
  if (!hash.startsWith(INVOICE) || hash.length === INVOICE.length) return { at: 'list' }
  try {
    return { at: 'invoice', id: decodeURIComponent(hash.slice(INVOICE.length)) }
  } catch {
    // Someone edited the address by hand.
    return { at: 'list' }
  }
}

export function hashOf(route: Route): string {
  switch (route.at) {
    case 'list':
      return '#/'
    case 'new':
      return '#/new'
    case 'invoice':
      return INVOICE + encodeURIComponent(route.id)
  }
}
