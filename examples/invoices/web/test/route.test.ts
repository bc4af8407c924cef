import { expect, test } from 'vitest'
import { hashOf, type Route, routeOf, sectionOf } from '../src/navigation/route.ts'

const places: [Route, string][] = [
  [{ at: 'invoices' }, 'invoices'],
  [{ at: 'new-invoice' }, 'invoices'],
  [{ at: 'invoice', id: 'a/b ü%' }, 'invoices'],
  [{ at: 'contacts' }, 'contacts'],
  [{ at: 'new-contact' }, 'contacts'],
  [{ at: 'contact', id: 'new-contact' }, 'contacts'],
  [{ at: 'profile' }, 'profile'],
]

test.each(places)('WEB-12 the address of %j leads back to it, on the page of %s', (place, section) => {
  expect(routeOf(hashOf(place))).toEqual(place)
  expect(sectionOf(place)).toBe(section)
})

test.each([
  '',
  '#/',
  '#/invoices/',
  '#/contacts/',
  '#/elsewhere',
  '#/invoices/%E0%A4%A',
  '#/contacts/%E0%A4%A',
  '#/profile/x',
])('WEB-12 "%s" is the list of invoices', (hash) => {
  expect(routeOf(hash)).toEqual({ at: 'invoices' })
})
