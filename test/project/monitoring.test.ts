import { expect, it } from 'vitest'
import { isMetric, METRICS } from '../../src/core/metrics/metric-table.ts'
import { prometheusName } from '../../src/core/metrics/prometheus.ts'
import { DOUBLES } from '../../src/tenant/metrics/analytics-point.ts'
import { readDocument } from './house/sources.ts'

const guide = readDocument('docs/monitoring.md')

it('MET-24 the guide names the values of a point in their order', () => {
  expect(guide).toContain(DOUBLES.map(({ name }) => name).join(', '))
})

it('MET-24 the guide names no metric that there is not', () => {
  const names = Object.keys(METRICS).filter(isMetric).map(prometheusName)
  const told = [...guide.matchAll(/tidemark_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ''))
  expect(told.filter((name) => !names.includes(name))).toEqual([])
  expect(told.length).toBeGreaterThan(5)
})
