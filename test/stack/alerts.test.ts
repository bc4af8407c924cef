import { expect, it } from 'vitest'
import { playOutages } from '../acceptance/alerts/play-outages.ts'

it('ALR-11 an outage of Postgres and its end are told once each, to a receiver that fails twice first', async () => {
  const { fired, resolved, extra } = await playOutages(2, () => undefined)
  expect({ fired, resolved, extra }).toEqual({ fired: 2, resolved: 2, extra: 0 })
})
