import { describe, expect, it } from 'vitest'
import { isMetric, METRICS } from '../../../src/core/metrics/metric-table.ts'
import { prometheusName, prometheusText } from '../../../src/core/metrics/prometheus.ts'
import { Tally } from '../../../src/core/metrics/tally.ts'

const NAMES = Object.keys(METRICS).filter(isMetric)

function readingOf(count: (tally: Tally) => void) {
  const tally = new Tally()
  count(tally)
  return { since: 0, at: 1, ...tally.counted, gauges: { sessions: 3 } }
}

describe('the text for Prometheus', () => {
  it('MET-20 has each metric with its help and kind once, and its unit in its name', () => {
    const one = readingOf((tally) => {
      tally.count('verdicts', 2, 'accepted')
      tally.count('awake_time', 1_500)
      tally.count('sent_bytes', 10)
    })
    const text = prometheusText([
      { labels: { tenant: 'acme' }, reading: one },
      { labels: { tenant: 'a"b\\c' }, reading: one },
    ])
    expect(text.split('\n')).toEqual([
      '# HELP tidemark_sent_bytes_total Bytes of all frames to clients.',
      '# TYPE tidemark_sent_bytes_total counter',
      'tidemark_sent_bytes_total{tenant="acme"} 10',
      'tidemark_sent_bytes_total{tenant="a\\"b\\\\c"} 10',
      '# HELP tidemark_verdicts_total Verdicts on edits, repeated ones too: accepted, or the code of a refusal.',
      '# TYPE tidemark_verdicts_total counter',
      'tidemark_verdicts_total{tenant="acme",verdict="accepted"} 2',
      'tidemark_verdicts_total{tenant="a\\"b\\\\c",verdict="accepted"} 2',
      '# HELP tidemark_awake_seconds_total How long it was awake, from each wake-up to the last that happened before sleep.',
      '# TYPE tidemark_awake_seconds_total counter',
      'tidemark_awake_seconds_total{tenant="acme"} 1.5',
      'tidemark_awake_seconds_total{tenant="a\\"b\\\\c"} 1.5',
      '# HELP tidemark_sessions Sessions that are connected.',
      '# TYPE tidemark_sessions gauge',
      'tidemark_sessions{tenant="acme"} 3',
      'tidemark_sessions{tenant="a\\"b\\\\c"} 3',
      '',
    ])
  })

  it('MET-20 has a distribution as counts up to bounds that are exact, its sum in seconds and its count', () => {
    const waits = [3, 255, 256, 2_047, 600_000]
    const reading = readingOf((tally) => {
      for (const wait of waits) tally.observe('drain_lag', wait)
    })
    const lines = prometheusText([{ labels: {}, reading }]).split('\n')
    const upTo = (le: string) =>
      lines.find((line) => line.startsWith(`tidemark_drain_lag_seconds_bucket{le="${le}"}`))
    expect(upTo('0.003')).toMatch(/ 1$/)
    expect(upTo('0.255')).toMatch(/ 2$/)
    expect(upTo('2.047')).toMatch(/ 4$/)
    expect(upTo('+Inf')).toMatch(/ 5$/)
    expect(lines).toContain('tidemark_drain_lag_seconds_sum 602.561')
    expect(lines).toContain('tidemark_drain_lag_seconds_count 5')
  })

  it('MET-20 has names and labels that Prometheus takes, each name once', () => {
    const names = NAMES.map(prometheusName)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => !/^tidemark_[a-z][a-z_]*$/.test(name))).toEqual([])
    for (const name of NAMES) {
      const { labels, help, kind, unit } = METRICS[name]
      expect(
        [...labels, 'ok'].filter((label: string) => !/^[a-z_]+$/.test(label) || label === 'tenant'),
      ).toEqual([])
      expect(help).toMatch(/^[A-Z].*\.$/)
      expect(prometheusName(name).endsWith('_total')).toBe(kind === 'counter')
      expect(/_seconds(_total)?$/.test(prometheusName(name))).toBe(unit === 'milliseconds')
      expect(/_bytes(_total)?$/.test(prometheusName(name))).toBe(unit === 'bytes')
    }
  })
})
