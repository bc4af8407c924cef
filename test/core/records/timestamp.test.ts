import * as fc from 'fast-check'
import { it } from 'vitest'
import { timestampOf } from '../../../src/core/records/timestamp.ts'
import { holds } from '../../support/property.ts'

it('BIC-1 a time that the engine writes into a record is the one that it was', () => {
  const [first, last] = ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'].map(Date.parse)
  const edges = ['1970-01-01', '2000-02-29', '2100-02-28', '2100-03-01', '1600-12-31'].map((day) =>
    Date.parse(day),
  )
  const times = fc.oneof(fc.integer({ min: Number(first), max: Number(last) }), fc.constantFrom(...edges))
  holds(
    fc.property(times, (ms) => timestampOf(ms) === new Date(ms).toISOString()),
    2_000,
  )
})
