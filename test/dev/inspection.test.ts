import { expect, it } from 'vitest'
import { inspection } from '../../dev/inspection.ts'
import { prometheusText } from '../../src/core/metrics/prometheus.ts'
import { Tally } from '../../src/core/metrics/tally.ts'

it('MET-26 a tenant is shown as it stands, with its counts, and of distributions with sum and count', () => {
  const tally = new Tally()
  tally.count('edits_accepted', 3, 'object')
  tally.observe('drain_lag', 250)
  const reading = { since: 0, at: 1, ...tally.counted, gauges: { sessions: 2 } }
  const text = prometheusText([{ labels: { tenant: 'a"c,me' }, reading }])
  const lines = inspection({ state: 'ready', delayed: null }, text).map((line) => line.replace(/ {2,}/, ': '))
  expect(lines).toEqual([
    'state: ready',
    'delayed: null',
    '',
    'edits_accepted_total first=object: 3',
    'drain_lag_seconds_sum: 0.25',
    'drain_lag_seconds_count: 1',
    'sessions: 2',
  ])
})
