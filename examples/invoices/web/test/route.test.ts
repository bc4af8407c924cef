import { expect, test } from 'vitest'
import { hashOf, type Route, routeOf } from '../src/navigation/route.ts'

const places: Route[] = [{ at: 'list' }, { at: 'new' }, { at: 'invoice', id: 'a/b ü%' }]

test.each(places)('WEB-12 the address of %j leads back to it', (place) => {
  expect(routeOf(hashOf(place))).toEqual(place)
})

test.each(['', '#/', '#/invoices/', '#/elsewhere', '#/invoices/%E0%A4%A'])(
  'WEB-12 "%s" is the list',
  (hash) => {
    expect(routeOf(hash)).toEqual({ at: 'list' })
  },
)
