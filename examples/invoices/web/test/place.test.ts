import { expect, test } from 'vitest'
import { hashOf, type Place, placeOf } from '../src/navigation/place.ts'

const places: Place[] = [{ at: 'list' }, { at: 'new' }, { at: 'invoice', id: 'a/b ü%' }]

test.each(places)('WEB-12 the address of %j leads back to it', (place) => {
  expect(placeOf(hashOf(place))).toEqual(place)
})

test.each(['', '#/', '#/invoices/', '#/elsewhere', '#/invoices/%E0%A4%A'])(
  'WEB-12 "%s" is the list',
  (hash) => {
    expect(placeOf(hash)).toEqual({ at: 'list' })
  },
)
