/** Where a person is in the application, as the address's fragment says it. */
export type Place =
  | { readonly at: 'list' }
  | { readonly at: 'new' }
  | { readonly at: 'invoice'; readonly id: string }

const INVOICE = '#/invoices/'

export function placeOf(hash: string): Place {
  if (hash === '#/new') return { at: 'new' }
  if (!hash.startsWith(INVOICE) || hash.length === INVOICE.length) return { at: 'list' }
  try {
    return { at: 'invoice', id: decodeURIComponent(hash.slice(INVOICE.length)) }
  } catch {
    // Someone edited the address by hand.
    return { at: 'list' }
  }
}

export function hashOf(place: Place): string {
  switch (place.at) {
    case 'list':
      return '#/'
    case 'new':
      return '#/new'
    case 'invoice':
      return INVOICE + encodeURIComponent(place.id)
  }
}
